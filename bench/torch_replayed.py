#!/usr/bin/env python3
"""A kernel's own time at small sizes, beside PyTorch eager's: microseconds of a call, replayed from a CUDA graph of twenty, in turns; one JSON row a line.

  bench/torch_replayed.py build/release/libramp.so > replayed.jsonl                  2^10 to 2^24 elements, every second power
  bench/torch_replayed.py build/release/libramp.so --dtype f32 --op gelu,relu --sizes 1k..1M --json replayed.jsonl

Neither the host is waited for, which takes longer to launch such a kernel than it runs, nor memory, where the tensors fit the caches. Inputs are uniform within
-8 and 8. Backward is told from the input, as PyTorch's functions of ATen do it; ops whose gradient that has from the output alone are measured forward. A
table of eager's time over ramp's goes to stderr: above 1, ramp is faster.
"""
import argparse
import ctypes
import json
import sys

import torch

from torch_reference import DTYPES, OPS, counts

calls, turns = 20, 7
aten = torch.ops.aten
BACKWARD = {  # of dy and x
    "relu": lambda g, x: aten.threshold_backward(g, x, 0), "relu6": lambda g, x: aten.hardtanh_backward(g, x, 0, 6),
    "leaky_relu": lambda g, x: aten.leaky_relu_backward(g, x, 0.01, False), "threshold": lambda g, x: aten.threshold_backward(g, x, 1),
    "hardtanh": lambda g, x: aten.hardtanh_backward(g, x, -1, 1), "hardsigmoid": aten.hardsigmoid_backward, "hardswish": aten.hardswish_backward,
    "hardshrink": lambda g, x: aten.hardshrink_backward(g, x, 0.5), "softshrink": lambda g, x: aten.softshrink_backward(g, x, 0.5),
    "softplus": lambda g, x: aten.softplus_backward(g, x, 1, 20), "elu": lambda g, x: aten.elu_backward(g, 1, 1, 1, False, x),
    "silu": aten.silu_backward, "mish": aten.mish_backward, "gelu": aten.gelu_backward,
    "gelu_tanh": lambda g, x: aten.gelu_backward(g, x, approximate="tanh"),
}  # fmt: skip


class Op(ctypes.Structure):  # ramp_op
    _fields_ = [("id", ctypes.c_int), ("count", ctypes.c_uint32), ("param", ctypes.c_double * 4)]


class Tensor(ctypes.Structure):  # ramp_tensor
    _fields_ = [("data", ctypes.c_void_p), ("byte_offset", ctypes.c_uint64), ("dtype", ctypes.c_int), ("memory", ctypes.c_int), ("ndim", ctypes.c_int32),
                ("shape", ctypes.c_int64 * 16), ("strides", ctypes.c_int64 * 16)]  # fmt: skip


class Submit(ctypes.Structure):  # ramp_submit
    _fields_ = [("queue", ctypes.c_void_p), ("wait_count", ctypes.c_uint32), ("wait", ctypes.c_void_p), ("done", ctypes.c_void_p)]


class Ramp:
    """The C library, on the first CUDA device, whose calls go to PyTorch's streams."""

    def __init__(self, path):
        self.library, self.device = ctypes.CDLL(path), ctypes.c_void_p()
        self.library.ramp_last_error.restype = ctypes.c_char_p
        self.library.ramp_tensor_dense.restype = Tensor
        self.check(self.library.ramp_device_open(ctypes.byref(self.device), b"cuda:0"))

    def check(self, status):
        if status:
            sys.exit(self.library.ramp_last_error().decode())

    def op(self, name, dtype):
        op = Op()
        self.check(self.library.ramp_op_parse(name.encode(), ctypes.byref(op)))
        self.check(self.library.ramp_prepare(self.device, ctypes.byref(op), dtype))
        return op

    def tensor(self, t, dtype):
        return self.library.ramp_tensor_dense(ctypes.c_void_p(t.data_ptr()), dtype, 1, (ctypes.c_int64 * 1)(t.numel()))

    def call(self, op, dtype, x, g, y):
        """A call of forward, or where there is a g of backward, that takes a stream."""
        ref, tensors = ctypes.byref, [self.tensor(t, dtype) for t in (x, g, y) if t is not None]

        def queue(stream):
            submit = Submit(stream, 0, None, None)
            if g is None:
                self.check(self.library.ramp_forward_on(self.device, ref(submit), ref(op), ref(tensors[0]), ref(tensors[1]), None))
            else:
                self.check(self.library.ramp_backward_on(self.device, ref(submit), ref(op), 0, *map(ref, tensors)))

        return queue


def captured(call):
    stream, graph = torch.cuda.Stream(), torch.cuda.CUDAGraph()
    with torch.cuda.stream(stream):
        for _ in range(2):
            call(stream.cuda_stream)
    torch.cuda.synchronize()
    with torch.cuda.graph(graph, stream=stream):
        for _ in range(calls):
            call(stream.cuda_stream)
    return graph


def microseconds(graphs):
    """Medians of {name: graph}, which take turns."""
    times = {name: [] for name in graphs}
    for turn in range(turns):
        for name in list(graphs) if turn % 2 else list(graphs)[::-1]:
            start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            graphs[name].replay()
            stop.record()
            stop.synchronize()
            times[name].append(start.elapsed_time(stop) * 1e3 / calls)
    return {name: round(sorted(each)[turns // 2], 3) for name, each in times.items()}


def measure(ramp, name, dtype, backward, n):
    x = torch.empty(n, device="cuda", dtype=DTYPES[dtype]).uniform_(-8, 8)
    g, y = torch.empty_like(x).uniform_(-1, 1) if backward else None, torch.empty_like(x)
    number = 1 + ("f32", "f64", "f16", "bf16").index(dtype)  # ramp_dtype
    eager = (lambda stream: BACKWARD[name](g, x)) if backward else (lambda stream: OPS[name](x))
    return microseconds({"eager": captured(eager), "ramp": captured(ramp.call(ramp.op(name, number), number, x, g, y))})


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", help="libramp.so, built with CUDA")
    parser.add_argument("--op", default=",".join(OPS), help="a list of ops (default: all)")
    parser.add_argument("--dtype", default="f32,bf16,f16,f64", help="a list of them (default: f32,bf16,f16,f64)")
    parser.add_argument("--sizes", default=",".join(str(1 << k) for k in range(10, 25, 2)), help="elements: 1k,64k or 1k..1M, all powers of two between")
    parser.add_argument("--json", metavar="FILE", help="the rows, in place of stdout")
    options = parser.parse_args()
    options.op, options.dtype, options.sizes = options.op.split(","), options.dtype.split(","), counts(options.sizes)
    for known, given in ((OPS, options.op), (DTYPES, options.dtype)):
        for word in given:
            if word not in known:
                parser.error(f"{word!r} is not one of {', '.join(known)}")
    if not torch.cuda.is_available():
        parser.error("PyTorch sees no CUDA device here, and there are no graphs without one")
    return options


def main():
    options = parse()
    torch.zeros(1, device="cuda")  # PyTorch's context first: ramp then opens the same
    ramp, out = Ramp(options.library), open(options.json, "w") if options.json else sys.stdout
    for dtype in options.dtype:
        for name in options.op:
            for backward in (False, True)[: 1 + (name in BACKWARD)]:
                ratios = []
                for n in options.sizes:
                    us = measure(ramp, name, dtype, backward, n)
                    row = {"op": name, "dtype": dtype, "pass": "backward" if backward else "forward", "elements": n, "us": us}
                    print(json.dumps(row), file=out, flush=True)
                    ratios.append(f"{us['eager'] / us['ramp']:6.2f}")
                print(f"{name:<13}{dtype:<6}{'backward' if backward else 'forward':<10}{''.join(ratios)}", file=sys.stderr)


if __name__ == "__main__":
    main()
