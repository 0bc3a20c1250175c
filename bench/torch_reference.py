#!/usr/bin/env python3
"""What PyTorch eager takes for the same work, on the GPU: one JSON row a line, to set beside ramp-bench's of the same run.

  bench/torch_reference.py [--elements 2^28] [--dtype f32,bf16,f16,f64] [--runs 20] > torch.jsonl
  bench/torch_reference.py --what ops --sizes 1k..1G --op relu,gelu > torch.jsonl; ramp-bench --read ramp.json --torch torch.jsonl --plot curves.svg

Forward is given as a multiple of `copy_`, backward of `torch.add(x, g, out=y)`: one read and one write, two reads and one write. The layouts are PyTorch's own
copies of them to a dense tensor, of a square matrix: transposed, every second column, broadcast rows and columns.
"""
import argparse
import json
import math
import statistics

import torch
import torch.nn.functional as F

DTYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
OPS = {
    "hardsigmoid": F.hardsigmoid, "softsign": F.softsign, "hardtanh": F.hardtanh, "relu": F.relu, "relu6": F.relu6, "leaky_relu": F.leaky_relu,
    "threshold": lambda x: F.threshold(x, 1.0, 0.0), "hardswish": F.hardswish, "hardshrink": F.hardshrink, "softshrink": F.softshrink,
    "softplus": F.softplus, "elu": F.elu, "celu": F.celu, "selu": F.selu, "sigmoid": torch.sigmoid, "logsigmoid": F.logsigmoid, "tanh": torch.tanh,
    "tanhshrink": F.tanhshrink, "silu": F.silu, "mish": F.mish, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x), "relu_squared": lambda x: F.relu(x).square(),
}


def count(text):
    """268435456, 2^28, or 256M: k is 2^10, M 2^20, G 2^30."""
    unit = {"k": 10, "m": 20, "g": 30}.get(text[-1:].lower())
    if unit:
        return int(text[:-1]) << unit
    base, _, power = text.partition("^")
    return int(base) ** int(power) if power else int(base)


def counts(text):
    """A list of counts and ranges: FROM..TO is FROM, the powers of two between, and TO."""
    result = []
    for entry in text.split(","):
        first, dots, last = entry.partition("..")
        result.append(count(first))
        if dots:
            result += [1 << k for k in range(count(first).bit_length(), 63) if count(first) < 1 << k < count(last)] + [count(last)]
    return result


def milliseconds(call, runs):
    """The median of device times, after two calls to warm up."""
    times = []
    for run in range(runs + 2):
        start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        stop.record()
        stop.synchronize()
        if run >= 2:
            times.append(start.elapsed_time(stop))
    return statistics.median(times)


def put(**row):
    print(json.dumps(row), flush=True)


def measure_ops(dtype, elements, runs, ops):
    x = torch.empty(elements, dtype=DTYPES[dtype], device="cuda").uniform_(-8, 8)
    g, y = torch.randn_like(x), torch.empty_like(x)
    roof = {"forward": milliseconds(lambda: y.copy_(x), runs), "backward": milliseconds(lambda: torch.add(x, g, out=y), runs)}
    for which, ms in roof.items():
        put(what="roof", dtype=dtype, elements=elements, **{"pass": which}, ms=ms)
    del y
    for name, op in ((name, OPS[name]) for name in ops):
        with torch.no_grad():
            ms = milliseconds(lambda: op(x), runs)
        put(what="op", op=name, dtype=dtype, elements=elements, **{"pass": "forward"}, ms=ms, x_roof=ms / roof["forward"])
        x.requires_grad_(True)
        out = op(x)
        ms = milliseconds(lambda: torch.autograd.grad(out, x, g, retain_graph=True), runs)
        put(what="op", op=name, dtype=dtype, elements=elements, **{"pass": "backward"}, ms=ms, x_roof=ms / roof["backward"])
        x.requires_grad_(False)
        del out


def measure_layouts(dtype, elements, runs):
    side = math.isqrt(elements)
    wide = torch.randn(side, 2 * side, device="cuda").to(DTYPES[dtype])
    x, y = wide[:, :side].contiguous(), torch.empty(side, side, dtype=DTYPES[dtype], device="cuda")
    views = {"dense": x, "transposed": x.t(), "columns": wide[:, ::2], "rows": wide[:, :side], "broadcast": x[:1].expand(side, side),
             "broadcast_columns": x[:, :1].expand(side, side)}
    for name, view in views.items():
        put(what="copy", layout=name, dtype=dtype, shape=[side, side], ms=milliseconds(lambda: y.copy_(view), runs))
        if name.startswith("broadcast"):
            put(what="add", layout=name, dtype=dtype, shape=[side, side], ms=milliseconds(lambda: torch.add(x, view, out=y), runs))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=count, default=2**28, help="of each tensor: 268435456 or 2^28")
    parser.add_argument("--sizes", type=counts, help="ops at each of these instead: 1k..1G, or a list of counts")
    parser.add_argument("--op", default=",".join(OPS), help="a list of ops; all, where it is not given")
    parser.add_argument("--dtype", default="f32,bf16,f16,f64", help="a list of f32, f64, f16, bf16")
    parser.add_argument("--what", default="ops,layouts", help="ops, layouts or both")
    parser.add_argument("--runs", type=int, default=20, help="calls timed; their median is given")
    arguments = parser.parse_args()
    ops = arguments.op.split(",")
    unknown = [name for name in ops if name not in OPS]
    if unknown:
        parser.error(f"--op: there is no {', '.join(unknown)}; there are {', '.join(OPS)}")
    if not torch.cuda.is_available():
        parser.exit(3, "torch_reference.py: PyTorch finds no CUDA device here\n")
    put(what="device", name=torch.cuda.get_device_name(), torch=torch.__version__, elements=arguments.elements)
    for dtype in arguments.dtype.split(","):
        if "ops" in arguments.what:
            for elements in arguments.sizes or [arguments.elements]:
                measure_ops(dtype, elements, arguments.runs, ops)
        if "layouts" in arguments.what:
            measure_layouts(dtype, arguments.elements, arguments.runs)
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
