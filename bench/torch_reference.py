#!/usr/bin/env python3
"""What PyTorch eager takes for the same work: one JSON row a line, to set beside ramp-bench's of the same run.

  bench/torch_reference.py [--elements 2^28] [--dtype f32,bf16,f16,f64] [--runs 20] > torch.jsonl
  bench/torch_reference.py --what ops --sizes 1k..1G --op relu,gelu > torch.jsonl; ramp-bench --read ramp.json --torch torch.jsonl --plot curves.svg
  bench/torch_reference.py --device cpu --what ops --elements 2^26 > torch.jsonl      # OMP_NUM_THREADS sets the threads

Without --device it is the GPU. On the CPU memory that PyTorch has freed is kept and used again, as its allocator does on a GPU: else most of a large call's time is the system's, which gives
the output's pages. --turns is for bench/cpu_compare.py: a case a line on standard input, OP DTYPE PASS ELEMENTS, and milliseconds a call back, into a given output where PyTorch can.

Forward is given as a multiple of `copy_`, backward of `torch.add(x, g, out=y)`: one read and one write, two reads and one write. The layouts are PyTorch's own
copies of them to a dense tensor, of a square matrix: transposed, every second column, broadcast rows and columns.
"""
import argparse
import json
import math
import os
import resource
import statistics
import sys
import time

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


device = "cuda"


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
    """The median of device times, or on the CPU of times, after two calls to warm up."""
    times = []
    for run in range(runs + 2 if device == "cpu" else 0):
        begin = time.perf_counter()
        call()
        if run >= 2:
            times.append((time.perf_counter() - begin) * 1e3)
    if device == "cpu":
        return statistics.median(times)
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
    x = torch.empty(elements, dtype=DTYPES[dtype], device=device).uniform_(-8, 8)
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
    wide = torch.randn(side, 2 * side, device=device).to(DTYPES[dtype])
    x, y = wide[:, :side].contiguous(), torch.empty(side, side, dtype=DTYPES[dtype], device=device)
    views = {"dense": x, "transposed": x.t(), "columns": wide[:, ::2], "rows": wide[:, :side], "broadcast": x[:1].expand(side, side),
             "broadcast_columns": x[:, :1].expand(side, side)}
    for name, view in views.items():
        put(what="copy", layout=name, dtype=dtype, shape=[side, side], ms=milliseconds(lambda: y.copy_(view), runs))
        if name.startswith("broadcast"):
            put(what="add", layout=name, dtype=dtype, shape=[side, side], ms=milliseconds(lambda: torch.add(x, view, out=y), runs))


def into(op):
    """The calls that an op's forward and backward pass are on the CPU, with their outputs given: forward(x, y), backward(x, g, y, f(x)). None where PyTorch has none that is not a copy."""
    aten, alpha, scale_of_selu = torch.ops.aten, 1.6732632423543772, 1.0507009873554805
    elu = lambda a, scale: (lambda x, y: aten.elu.out(x, a, scale, 1, out=y), lambda x, g, y, out: aten.elu_backward.grad_input(g, a, scale, 1, False, x, grad_input=y))
    clamp = lambda low, high: (lambda x, y: aten.hardtanh.out(x, low, high, out=y), lambda x, g, y, out: aten.hardtanh_backward.grad_input(g, x, low, high, grad_input=y))
    gelu = lambda kind: (lambda x, y: aten.gelu.out(x, approximate=kind, out=y), lambda x, g, y, out: aten.gelu_backward.grad_input(g, x, approximate=kind, grad_input=y))
    calls = {
        "relu": (lambda x, y: aten.clamp_min.out(x, 0, out=y), lambda x, g, y, out: aten.threshold_backward.grad_input(g, x, 0, grad_input=y)),
        "threshold": (lambda x, y: aten.threshold.out(x, 1, 0, out=y), lambda x, g, y, out: aten.threshold_backward.grad_input(g, x, 1, grad_input=y)),
        "leaky_relu": (lambda x, y: aten.leaky_relu.out(x, 0.01, out=y), lambda x, g, y, out: aten.leaky_relu_backward.grad_input(g, x, 0.01, False, grad_input=y)),
        "hardtanh": clamp(-1, 1), "relu6": clamp(0, 6), "elu": elu(1, 1), "celu": elu(1, 1), "selu": elu(alpha, scale_of_selu), "gelu": gelu("none"), "gelu_tanh": gelu("tanh"),
        "hardsigmoid": (lambda x, y: aten.hardsigmoid.out(x, out=y), lambda x, g, y, out: aten.hardsigmoid_backward.grad_input(g, x, grad_input=y)),
        "hardswish": (lambda x, y: aten.hardswish.out(x, out=y), None),
        "mish": (lambda x, y: aten.mish.out(x, out=y), None),
        "hardshrink": (lambda x, y: aten.hardshrink.out(x, 0.5, out=y), lambda x, g, y, out: aten.hardshrink_backward.grad_input(g, x, 0.5, grad_input=y)),
        "softshrink": (lambda x, y: aten.softshrink.out(x, 0.5, out=y), lambda x, g, y, out: aten.softshrink_backward.grad_input(g, x, 0.5, grad_input=y)),
        "softplus": (lambda x, y: aten.softplus.out(x, 1, 20, out=y), lambda x, g, y, out: aten.softplus_backward.grad_input(g, x, 1, 20, grad_input=y)),
        "sigmoid": (lambda x, y: aten.sigmoid.out(x, out=y), lambda x, g, y, out: aten.sigmoid_backward.grad_input(g, out, grad_input=y)),
        "tanh": (lambda x, y: aten.tanh.out(x, out=y), lambda x, g, y, out: aten.tanh_backward.grad_input(g, out, grad_input=y)),
        "silu": (lambda x, y: aten.silu.out(x, out=y), lambda x, g, y, out: aten.silu_backward.grad_input(g, x, grad_input=y)),
        "logsigmoid": (lambda x, y: aten.log_sigmoid.out(x, out=y), lambda x, g, y, out: aten.log_sigmoid_backward.grad_input(g, x, out, grad_input=y)),
    }
    return calls.get(op, (None, None))


def turn(made, op, dtype, which, elements, clock):
    """Milliseconds a call of one case. `made` keeps the tensors from one turn to the next."""
    if made.get("of") != (dtype, elements):
        made.clear()
        x = torch.empty(elements, dtype=DTYPES[dtype]).normal_(0, 4)
        made.update(of=(dtype, elements), x=x, g=torch.randn_like(x), y=torch.zeros_like(x), case=None)
    x, g, y, is_backward = made["x"], made["g"], made["y"], which != "forward"
    given = into(op)[is_backward]
    if made["case"] != (op, which):
        made["out"] = None
        made["case"] = (op, which)
        x.requires_grad_(is_backward and given is None)
        made["out"] = None if not is_backward else torch.ops.aten.log_sigmoid_forward(x)[1] if op == "logsigmoid" else OPS[op](x)  # it keeps exp(-|x|)
    out = made["out"]
    if given:
        call = (lambda: given(x, g, y, out)) if is_backward else (lambda: given(x, y))
    else:
        call = (lambda: torch.autograd.grad(out, x, g, retain_graph=True)) if is_backward else (lambda: OPS[op](x))
    return time_turn(call, x.nbytes < 16 << 20, clock)


def time_turn(call, is_small, clock):
    """A small tensor's call is repeated, after three that are not timed. A call in which the system gave pages is not what is asked: a few more are tried."""
    for _ in range(3 if is_small else 0):
        call()
    best = math.inf
    for _ in range(3):
        faults, begin, calls, seconds = page_faults(), clock(), 0, 0
        while seconds < 2e-3:
            call()
            calls += 1
            seconds = clock() - begin
        best = min(best, seconds / calls * 1e3)
        if page_faults() - faults < 256:
            break
    return best


def page_faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def take_turns(clock_name):
    threads, made = torch.get_num_threads(), {}
    clock = time.perf_counter if clock_name == "wall" else lambda: time.process_time() / threads
    put(torch=torch.__version__, threads=threads)
    for line in sys.stdin:
        op, dtype, which, elements = line.split()
        if op not in OPS:
            put(absent="PyTorch has no such op")
        else:
            put(ms=turn(made, op, dtype, which, int(elements), clock), out=into(op)[which != "forward"] is not None)


def keep_freed_memory():
    """glibc's malloc reads these when a process begins."""
    wanted = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 62), "MALLOC_TOP_PAD_": "0"}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})


def main():
    global device
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=count, default=2**28, help="of each tensor: 268435456 or 2^28")
    parser.add_argument("--sizes", type=counts, help="ops at each of these instead: 1k..1G, or a list of counts")
    parser.add_argument("--op", default=",".join(OPS), help="a list of ops; all, where it is not given")
    parser.add_argument("--dtype", default="f32,bf16,f16,f64", help="a list of f32, f64, f16, bf16")
    parser.add_argument("--what", default="ops,layouts", help="ops, layouts or both")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--turns", action="store_true", help="with --device cpu: answer cases on standard input")
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall", help="with --turns; processor: processor time over the number of threads")
    parser.add_argument("--runs", type=int, default=20, help="calls timed; their median is given")
    arguments = parser.parse_args()
    ops = arguments.op.split(",")
    unknown = [name for name in ops if name not in OPS]
    if unknown:
        parser.error(f"--op: there is no {', '.join(unknown)}; there are {', '.join(OPS)}")
    device = arguments.device
    if device == "cpu":
        keep_freed_memory()
    elif arguments.turns:
        parser.error("--turns goes with --device cpu")
    elif not torch.cuda.is_available():
        parser.exit(3, "torch_reference.py: PyTorch finds no CUDA device here; --device cpu measures the processor\n")
    if arguments.turns:
        take_turns(arguments.clock)
        return
    put(what="device", name=torch.cuda.get_device_name() if device == "cuda" else "cpu", threads=torch.get_num_threads(), torch=torch.__version__, elements=arguments.elements)
    for dtype in arguments.dtype.split(","):
        if "ops" in arguments.what:
            for elements in arguments.sizes or [arguments.elements]:
                measure_ops(dtype, elements, arguments.runs, ops)
        if "layouts" in arguments.what:
            measure_layouts(dtype, arguments.elements, arguments.runs)
        if device == "cuda":
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
