#!/usr/bin/env python3
"""Compare PyTorch (Model) with ramp (ModelNew) in each file of this folder: correct first, then time and memory.

  compare.py                                    all five, at KernelBench's size (4096 x 393216) on CUDA, 1024 x 1024 on the CPU
  compare.py softsign hardtanh --shape 64x4096  two of them, small
  compare.py --dtype f32,bf16 --json out.json   more dtypes; every number as JSON

Correct: forward and backward of ModelNew against float64, element by element. The inputs are get_inputs() with special values written over its start
and end: each knee and one ulp either side of it, +-inf, NaN, +-0, subnormal and largest numbers. A NaN gives a NaN, and the gradient that ramp documents:
0 for hardsigmoid, dy for hardtanh, NaN for softsign. A value is wrong when its error passes `limit`; PyTorch's own worst error stands beside it, unjudged.
Time: medians of device events (perf_counter on the CPU), the two taking turns, the L2 cache overwritten before each call.
Memory: bytes of tensors that forward and backward allocate at their worst moment, inputs not counted.

At full size an f32 tensor is 6 GiB. At the worst moment, F.softsign's backward, ten are alive, and float64 pieces: 66 GiB, so one GPU with 80 GB does.

The exit code is 1 when a value of ModelNew is wrong, 0 otherwise; times never fail.
"""

import argparse
import importlib.util
import json
import math
import pathlib
import sys

import torch

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "python" / "bench"))
from measure import DTYPES, Clock, memory, ulp_error  # noqa: E402

# Error allowed, in ulp: forward, backward. f32's are ramp's promises (docs/ops.md); 16 bits: f32's result, rounded once. f64 would need more than float64 to
# be compared with: ramp-check does it.
LIMITS = {"f32": (0.5001, 2.0), "f16": (0.5002, 0.501), "bf16": (0.5002, 0.501)}
CHUNK = 1 << 26  # elements that are compared at once
ALIVE = 10  # tensors at the worst moment: two inputs, six of F.softsign's forward and backward, ramp's output, and one to spare


class Clamped:
    """clamp((x - lo) / (hi - lo) * (top - bottom) + bottom, bottom, top): hardsigmoid and hardtanh, in float64."""

    def __init__(self, lo, hi, bottom, top, nan_slope):
        self.knees, self.lo, self.hi, self.bottom, self.top, self.nan_slope = (lo, hi), lo, hi, bottom, top, nan_slope

    def value(self, x):
        line = (x - self.lo) / (self.hi - self.lo) if (self.bottom, self.top) == (0, 1) else x
        return torch.where(x <= self.lo, self.bottom, torch.where(x >= self.hi, self.top, line))

    def gradient(self, x, g):
        slope = (self.top - self.bottom) / (self.hi - self.lo)
        inside = torch.where((x > self.lo) & (x < self.hi), g * slope, 0.0)
        return torch.where(x.isnan(), g * self.nan_slope, inside)


class Softsign:
    knees = (0.0,)

    def value(self, x):
        return torch.where(x.isinf(), x.sign(), x / (1 + x.abs()))

    def gradient(self, x, g):
        return g / (1 + x.abs()) ** 2


EXACT = {
    "hardsigmoid": Clamped(-3.0, 3.0, 0.0, 1.0, nan_slope=0.0),
    "hardsigmoid_fused": Clamped(-3.0, 3.0, 0.0, 1.0, nan_slope=0.0),
    "hardsigmoid_alpha_beta": Clamped(-2.5, 2.5, 0.0, 1.0, nan_slope=0.0),
    "softsign": Softsign(),
    "hardtanh": Clamped(-1.0, 1.0, -1.0, 1.0, nan_slope=1.0),
}


def special_values(knees, dtype):
    limits = torch.finfo(dtype)
    points = [0.0, -0.0, math.inf, -math.inf, math.nan, limits.max, -limits.max, limits.tiny, -limits.tiny, limits.tiny / 2, 1e-3, 1e4, 3e7, -3e7]
    values = torch.tensor(points, dtype=torch.float64).to(dtype)
    knee = torch.tensor(knees, dtype=dtype)
    above, below = (torch.nextafter(knee, torch.full_like(knee, side)) for side in (math.inf, -math.inf))
    return torch.cat([values, knee, above, below])


def load(name):
    spec = importlib.util.spec_from_file_location(f"kernelbench_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gradient(model, x, g):
    leaf = x.detach().requires_grad_()
    return torch.autograd.grad(model(leaf), leaf, g)[0]


def worst(got, exact, *inputs):
    """(error in ulp, x) of the element of `got` that is furthest from `exact(*inputs)` in float64."""
    error, where = 0.0, None
    flat = [t.reshape(-1) for t in (got, *inputs)]
    for start in range(0, flat[0].numel(), CHUNK):
        part, *given = (t[start : start + CHUNK] for t in flat)
        errors = ulp_error(part, exact(*(t.double() for t in given)))
        most = errors.argmax()
        if where is None or errors[most] > error:
            error, where = errors[most].item(), given[0][most].item()
    return error, where


def compare(name, shape, dtype, device, repetitions):
    module, exact = load(name), EXACT[name]
    if shape:
        module.batch_size, module.dim = shape
    elif device == "cpu":
        module.batch_size, module.dim = 1024, 1024
    elements = module.batch_size * module.dim
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        needed = ALIVE * elements * torch.finfo(DTYPES[dtype]).bits // 8 + 12 * 8 * min(CHUNK, elements)
        free = torch.cuda.mem_get_info(device)[0]
        if needed > free:
            sys.exit(
                f"compare.py: {name} in {dtype} at {module.batch_size}x{module.dim} needs {needed / 2**30:.0f} GiB of {device}'s memory, "
                f"and {free / 2**30:.0f} are free: give a smaller --shape"
            )
    print(f"    {name} {dtype}: {elements:,} elements ...", file=sys.stderr, flush=True)
    torch.manual_seed(1)
    with torch.device(device):
        arguments = module.get_init_inputs()
        models = {"torch": module.Model(*arguments), "ramp": module.ModelNew(*arguments)}
        x = module.get_inputs()[0].to(DTYPES[dtype])  # made in f32
        g = torch.empty_like(x).normal_()
    special = special_values(exact.knees, x.dtype).to(device)
    if x.numel() < 2 * special.numel():
        sys.exit(
            f"compare.py: --shape {module.batch_size}x{module.dim} holds {x.numel()} elements: the special values of {name} need at least {2 * special.numel()}"
        )
    x.view(-1)[: special.numel()] = special
    x.view(-1)[-special.numel() :] = special
    row = {"name": name, "dtype": dtype, "shape": list(x.shape), "limit": dict(zip(("forward", "backward"), LIMITS[dtype]))}
    for who, model in models.items():
        with torch.no_grad():
            forward = worst(model(x), exact.value, x)
        backward = worst(gradient(model, x, g), exact.gradient, x, g)
        row[who] = {"forward": {"error_ulp": forward[0], "at": forward[1]}, "backward": {"error_ulp": backward[0], "at": backward[1]}}
        row[who]["peak_bytes"] = memory(device, lambda: gradient(model, x, g))[0]
    clock = Clock(device)
    with torch.no_grad():
        forward = clock.medians({who: (lambda m=model: m(x)) for who, model in models.items()}, repetitions)
    leaf = x.detach().requires_grad_()
    outputs = {who: model(leaf) for who, model in models.items()}
    backward = clock.medians({who: (lambda y=y: torch.autograd.grad(y, leaf, g, retain_graph=True)) for who, y in outputs.items()}, repetitions)
    for who in models:
        row[who]["forward"]["ms"], row[who]["backward"]["ms"] = forward[who], backward[who]
    row["correct"] = all(row["ramp"][p]["error_ulp"] <= row["limit"][p] for p in ("forward", "backward"))
    return row


def text(row):
    """Three lines of a table: forward, backward, memory."""
    for p in ("forward", "backward"):
        torchs, ramp = row["torch"][p], row["ramp"][p]
        verdict = "ok" if ramp["error_ulp"] <= row["limit"][p] else f"WRONG at x = {ramp['at']!r}: limit {row['limit'][p]} ulp"
        yield (
            f"{row['name']:<24}{row['dtype']:<6}{p:<10}{torchs['ms']:>10.4f}{ramp['ms']:>10.4f}{torchs['ms'] / ramp['ms']:>9.2f}x"
            f"{torchs['error_ulp']:>12.4g}{ramp['error_ulp']:>10.4f}  {verdict}"
        )
    torchs, ramp = (row[who]["peak_bytes"] / math.prod(row["shape"]) for who in ("torch", "ramp"))
    yield f"{'':<30}{'peak B/el':<10}{torchs:>10.3f}{ramp:>10.3f}{torchs / ramp:>9.2f}x"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(EXACT)}; all when none is given")
    parser.add_argument("--shape", metavar="ROWSxCOLUMNS", help="instead of each file's batch_size x dim")
    parser.add_argument("--dtype", default="f32", help="a list of f32, f16, bf16 (default f32)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cuda, cuda:1 or cpu (default: cuda where there is one)")
    parser.add_argument("--repetitions", type=int, default=20, help="calls timed of each; their median is given")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every number there too")
    options = parser.parse_args()
    for kind, given, known in (("NAME", options.names, EXACT), ("--dtype", options.dtype.split(","), LIMITS)):
        for name in given:
            if name not in known:
                parser.error(f"{kind} {name!r} is not one of {', '.join(known)}")
    try:
        shape = tuple(int(n) for n in options.shape.split("x")) if options.shape else None
        if shape and (len(shape) != 2 or min(shape) < 1):
            raise ValueError
    except ValueError:
        parser.error(f"--shape {options.shape!r} is not ROWSxCOLUMNS, as 64x4096")
    device_name = torch.cuda.get_device_name(options.device) if options.device.startswith("cuda") else f"CPU, {torch.get_num_threads()} threads"
    print(
        f"{device_name}, PyTorch {torch.__version__}\n{'':<24}{'dtype':<6}{'pass':<10}{'torch ms':>10}{'ramp ms':>10}{'faster':>10}{'torch ulp':>12}{'ramp ulp':>10}"
    )
    rows = []
    for name in options.names or EXACT:
        for dtype in options.dtype.split(","):
            rows.append(compare(name, shape, dtype, options.device, options.repetitions))
            print(*text(rows[-1]), sep="\n", flush=True)
            if options.json:
                options.json.write_text(json.dumps({"device": device_name, "torch": torch.__version__, "results": rows}, indent=1) + "\n")
    wrong = [f"{row['name']} {row['dtype']}" for row in rows if not row["correct"]]
    if wrong:
        sys.exit(f"compare.py: wrong values: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
