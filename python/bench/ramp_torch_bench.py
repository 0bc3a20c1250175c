#!/usr/bin/env python3
"""What ramp_torch costs and saves next to PyTorch, eager and compiled, in one run.

  ramp_torch_bench.py                                        everything: under 5 minutes on an H200; small sizes on the CPU
  ramp_torch_bench.py --sections ops --ops softsign,gelu --dtypes bf16
  ramp_torch_bench.py --json run.json --plot run.svg         every number, and the picture (needs matplotlib)
  ramp_torch_bench.py --from run.json --plot run.svg         the picture of an earlier run: no GPU, no ramp_torch

Sections
  ops       each op, dtype and pass: milliseconds, and the share of the roof (a copy forward, an add of two tensors backward). Forward: without autograd.
            Backward: alone. Training: forward with autograd, then backward; that is where a mask is written.
  calls     host time of a call on 16 elements, against the bars: F's + 1.2 us without autograd, F's + 2.5 us with it
  kept      bytes an element that an activation keeps for backward, when the next layer keeps its output anyway (Linear, convolution), and when it does not
  training  a step (forward, backward, SGD) of an MLP and a ResNet in bf16: time, and what it allocates at its worst moment, for each ramp_torch.save
  compiled  what ramp_torch.convert costs under torch.compile, where Inductor could have fused the activation

Times are medians; what is compared takes turns inside one process, and the cache is overwritten before each call: device events on CUDA, perf_counter on
the CPU.
Ratios are PyTorch's time over ramp's: above 1, ramp is faster.
"""

import argparse
import datetime
import json
import pathlib
import shlex
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from measure import DTYPES, Clock, host_us, memory

SECTIONS = ("ops", "calls", "kept", "training", "compiled")
OPS = {
    "relu": F.relu, "relu6": F.relu6, "leaky_relu": F.leaky_relu, "threshold": lambda x: F.threshold(x, 1.0, 0.0), "hardtanh": F.hardtanh, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "hardshrink": F.hardshrink, "softshrink": F.softshrink, "softsign": F.softsign, "softplus": F.softplus, "elu": F.elu, "celu": F.celu,
    "selu": F.selu, "sigmoid": torch.sigmoid, "logsigmoid": F.logsigmoid, "tanh": torch.tanh, "tanhshrink": F.tanhshrink, "silu": F.silu, "mish": F.mish, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x), "relu_squared": lambda x: F.relu(x).square(),
}  # fmt: skip
ACTIVATIONS = {"relu": nn.ReLU, "hardtanh": nn.Hardtanh, "gelu": nn.GELU, "hardswish": nn.Hardswish}
MODELS = ("mlp", "resnet", "chain", "short")  # training.py; short: a ResNet of one block a stage
COMPILED = (("chain", "relu"), ("chain", "gelu"), ("mlp", "relu"), ("mlp", "gelu"), ("short", "relu"))
BARS = {"no_grad": 1.2, "grad": 2.5}  # microseconds that a call may cost beyond PyTorch's


def ramp_op(name):
    import ramp_torch.functional as R

    special = {"threshold": lambda x: R.threshold(x, 1.0, 0.0), "gelu_tanh": lambda x: R.gelu(x, approximate="tanh")}
    return special.get(name) or getattr(R, name)


def compiled(function):
    torch._dynamo.reset()  # every op is its own program: none counts towards another's limit of recompilations
    return torch.compile(function, dynamic=False, fullgraph=True)


def measure_ops(options, put, say):
    clock = Clock(options.device)
    for dtype in options.dtypes:
        with torch.device(options.device):
            x = torch.empty(options.elements).uniform_(-8, 8).to(DTYPES[dtype])
            g = torch.empty(options.elements).uniform_(-1, 1).to(DTYPES[dtype])
            y = torch.empty_like(x)
        roof = clock.medians({"forward": lambda: y.copy_(x), "backward": lambda: torch.add(x, g, out=y)}, options.repetitions)
        roof["training"] = roof["forward"] + roof["backward"]
        del y
        for op in options.ops:
            start = time.perf_counter()
            functions = {"eager": OPS[op], "ramp": ramp_op(op)}
            if dtype in options.compile_dtypes:
                functions["compile"] = compiled(OPS[op])
            with torch.no_grad():
                times = {"forward": clock.medians({who: (lambda f=f: f(x)) for who, f in functions.items()}, options.repetitions)}
            leaf = x.detach().requires_grad_()
            outputs = {who: f(leaf) for who, f in functions.items()}
            times["backward"] = clock.medians(
                {who: (lambda r=r: torch.autograd.grad(r, leaf, g, retain_graph=True)) for who, r in outputs.items()}, options.repetitions
            )
            del outputs
            times["training"] = clock.medians({who: (lambda f=f: torch.autograd.grad(f(leaf), leaf, g)) for who, f in functions.items()}, options.repetitions)
            for name, ms in times.items():
                put("ops", op=op, dtype=dtype, **{"pass": name}, elements=options.elements, ms=ms, roof_ms=roof[name])
                beside = "".join(f"{ms[who] / ms['ramp']:>10.2f}x" if who in ms else f"{'':>11}" for who in ("eager", "compile"))
                say(
                    f"{op:<13}{dtype:<6}{name:<10}{ms['eager']:>10.4f}{ms.get('compile', float('nan')):>10.4f}{ms['ramp']:>10.4f}{beside}{roof[name] / ms['ramp']:>10.1%}"
                )
            print(f"    {op} {dtype}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)


def measure_calls(options, put, say):
    synchronize = torch.cuda.synchronize if options.device.startswith("cuda") else lambda: None
    with torch.device(options.device):
        x, g = torch.randn(16), torch.ones(16)
    leaf = x.clone().requires_grad_()
    for op in options.ops:
        functions = {"eager": OPS[op], "ramp": ramp_op(op)}
        with torch.no_grad():
            us = {"no_grad": host_us({who: (lambda f=f: f(x)) for who, f in functions.items()}, synchronize)}
        us["grad"] = host_us({who: (lambda f=f: f(leaf)) for who, f in functions.items()}, synchronize)
        us["forward_and_backward"] = host_us({who: (lambda f=f: torch.autograd.grad(f(leaf), leaf, g)) for who, f in functions.items()}, synchronize, count=100)
        for name, both in us.items():
            bar = both["eager"] + BARS[name] if name in BARS else None
            put("calls", op=op, mode=name, us=both, bar_us=bar, within_bar=None if bar is None else both["ramp"] <= bar)
            verdict = "" if bar is None else "ok" if both["ramp"] <= bar else f"over the bar of {bar:.2f} us"
            say(f"{op:<13}{name:<22}{both['eager']:>10.2f}{both['ramp']:>10.2f}{both['ramp'] - both['eager']:>+10.2f}  {verdict}")


def kept_bytes(function, x, with_output):
    """Bytes an element that stay allocated for backward once the activation's input is gone from the program; its output is not counted where the next layer keeps it."""

    def call():
        h = x * 1.0  # some layer's output, which that layer does not keep
        y = function(h)
        del h
        return y if with_output else y.grad_fn

    return memory(x.device, call)[1] / x.numel() - (x.element_size() if with_output else 0)


def measure_kept(options, put, say):
    for dtype in options.dtypes:
        with torch.device(options.device):
            x = torch.randn(1 << 20).to(DTYPES[dtype]).requires_grad_()
        for op in options.ops:
            functions = {"eager": OPS[op], "ramp": ramp_op(op)}
            kept = {name: {who: kept_bytes(f, x, output) for who, f in functions.items()} for name, output in (("output_kept", True), ("output_gone", False))}
            put("kept", op=op, dtype=dtype, bytes=kept)
            say(f"{op:<13}{dtype:<6}" + "".join(f"{kept[name][who]:>14.3f}" for name in kept for who in functions))


def variants(activation):
    """{name: (class of activation, ramp_torch.save or None)}: PyTorch, PyTorch in place, ramp with each thing to save, ramp in place."""
    import ramp_torch

    theirs, name = ACTIVATIONS[activation], ACTIVATIONS[activation].__name__
    mine = getattr(ramp_torch.nn, name)
    found = {"torch": (theirs, None)}
    if activation != "gelu":
        found["torch inplace"] = (lambda: theirs(inplace=True), None)
        found["ramp inplace"] = (lambda: mine(inplace=True), "auto")
    return found | {f"ramp {what}": (mine, what) for what in ("auto", "mask", "output", "input")}


def saving(what):
    import contextlib

    import ramp_torch

    return ramp_torch.save(what) if what else contextlib.nullcontext()


def step_with(step, what):
    def call():
        with saving(what):
            return step()

    return call


def measure_steps(section, model, activation, steps, options, put, say):
    """Loss, peak and time of each of {name: step}."""
    cuda = options.device.startswith("cuda")
    losses = {name: step().item() for name, step in steps.items()}  # allocates the gradients
    peaks = {name: memory(options.device, step)[0] for name, step in steps.items()}
    times = Clock(options.device).medians(steps, options.repetitions if cuda else 3)
    first = next(iter(steps))
    for name in steps:
        put(section, model=model, activation=activation, variant=name, ms=times[name], peak_bytes=peaks[name], loss=losses[name])
        say(
            f"{model:<8}{activation:<10}{name:<18}{times[name]:>10.3f}{times[first] / times[name]:>9.2f}x{peaks[name] / 2**20:>12.1f}{peaks[name] / peaks[first] - 1:>+9.1%}{losses[name]:>12.5f}"
        )


def measure_training(options, put, say):
    cuda = options.device.startswith("cuda")
    for model in [name for name in ("mlp", "resnet") if name in options.models]:
        for activation in ("relu", "hardtanh"):
            steps = {}
            for name, (cls, what) in variants(activation).items():
                with torch.device(options.device):
                    steps[name] = step_with(torch_step(model, cls, cuda), what)
            measure_steps("training", model, activation, steps, options, put, say)
            del steps


def torch_step(model, cls, cuda, compile=False, convert=False):
    import ramp_torch
    from training import Step, make

    network, x = make(model, cls, cuda)
    if convert:
        ramp_torch.convert(network)
    return Step(network, x, torch.compile(network, dynamic=False) if compile else None)


def measure_compiled(options, put, say):
    cuda = options.device.startswith("cuda")
    for model, activation in COMPILED:
        if model not in options.models:
            continue
        torch._dynamo.reset()
        steps = {}
        for name, settings in {"torch.compile": (True, False), "convert, compile": (True, True), "torch": (False, False), "convert": (False, True)}.items():
            with torch.device(options.device):
                steps[name] = torch_step(model, ACTIVATIONS[activation], cuda, *settings)
        measure_steps("compiled", model, activation, steps, options, put, say)
        del steps


HEADINGS = {
    "ops": f"{'op':<13}{'dtype':<6}{'pass':<10}{'eager ms':>10}{'compile':>10}{'ramp':>10}{'to eager':>11}{'to compile':>11}{'of roof':>10}",
    "calls": f"{'op':<13}{'16 elements':<22}{'eager us':>10}{'ramp us':>10}{'more':>10}",
    "kept": f"{'bytes/element':<13}{'dtype':<6}{'eager':>14}{'ramp':>14}{'eager':>14}{'ramp':>14}\n{'':<19}{'(the next layer keeps the output)':>28}{'(it does not)':>28}",
    "training": f"{'model':<8}{'':<10}{'variant':<18}{'step ms':>10}{'faster':>10}{'peak MiB':>12}{'more':>9}{'loss':>12}",
    "compiled": f"{'model':<8}{'':<10}{'variant':<18}{'step ms':>10}{'faster':>10}{'peak MiB':>12}{'more':>9}{'loss':>12}",
}
MEASURES = {"ops": measure_ops, "calls": measure_calls, "kept": measure_kept, "training": measure_training, "compiled": measure_compiled}


def count(text):
    base, _, power = text.partition("^")
    return int(base) ** int(power) if power else int(base)


def listed(parser, flag, text, known):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            parser.error(f"{flag} {name!r} is not one of {', '.join(known)}")
    return names


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", default=",".join(SECTIONS), help="a list of them (default: all)")
    parser.add_argument("--ops", default=",".join(OPS), help="a list of ops (default: all)")
    parser.add_argument("--dtypes", default="f32,bf16,f16,f64", help="a list of f32, f64, f16, bf16 (default: all), for ops and kept")
    parser.add_argument(
        "--compile-dtypes",
        default=None,
        help='those of --dtypes in which torch.compile is measured too: it takes most of the time (default: --dtypes; "" for none)',
    )
    parser.add_argument(
        "--models", default=",".join(MODELS), help="a list of them: mlp and resnet in training, mlp, chain (point-wise alone) and short (ResNet) in compiled"
    )
    parser.add_argument("--elements", type=count, help="of each tensor in ops: 268435456 or 2^28 (default: 2^28 on CUDA, 2^20 on the CPU)")
    parser.add_argument("--repetitions", type=int, default=10, help="calls timed of each; their median is given (default 10)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cuda, cuda:1 or cpu (default: cuda where there is one)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every number there")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="draw time and memory there; needs matplotlib")
    parser.add_argument("--from", dest="source", type=pathlib.Path, metavar="FILE.json", help="measure nothing: draw what an earlier --json holds")
    options = parser.parse_args()
    options.sections = listed(parser, "--sections", options.sections, SECTIONS)
    options.ops = listed(parser, "--ops", options.ops, OPS)
    options.models = listed(parser, "--models", options.models, MODELS)
    options.dtypes = listed(parser, "--dtypes", options.dtypes, DTYPES)
    options.compile_dtypes = options.dtypes if options.compile_dtypes is None else listed(parser, "--compile-dtypes", options.compile_dtypes, DTYPES)
    options.elements = options.elements or (1 << 28 if options.device.startswith("cuda") else 1 << 20)
    if options.source and not options.plot:
        parser.error("--from FILE.json needs --plot FILE.svg: there is nothing else to do with it")
    if options.plot:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            parser.error("--plot needs matplotlib: pip install matplotlib; or measure with --json FILE and draw elsewhere with --from FILE --plot")
    return options


def run(options):
    import ramp_torch
    import torch._functorch.config

    cuda = options.device.startswith("cuda")
    torch._functorch.config.donated_buffer = False  # a compiled backward is timed again and again on one graph
    result = {
        "date": datetime.date.today().isoformat(), "command": shlex.join(["ramp_torch_bench.py", *sys.argv[1:]]), "torch": torch.__version__,
        "ramp_torch": getattr(ramp_torch, "__version__", ""), "device": torch.cuda.get_device_name(options.device) if cuda else f"CPU, {torch.get_num_threads()} threads",
        "seconds": {}, **{section: [] for section in options.sections},
    }  # fmt: skip
    print(f"{result['device']}, PyTorch {result['torch']}, ramp_torch {result['ramp_torch']}")

    def put(section, **row):
        result[section].append(row)
        if options.json:
            options.json.write_text(json.dumps(result, indent=1) + "\n")  # what was measured stays when a later section fails

    for section in options.sections:
        print(f"\n{section}\n{HEADINGS[section]}", flush=True)
        start = time.perf_counter()
        MEASURES[section](options, put, lambda line: print(line, flush=True))
        result["seconds"][section] = time.perf_counter() - start
        if cuda:
            torch.cuda.empty_cache()
        print(f"({section}: {result['seconds'][section]:.0f} s)", flush=True)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    return result


def main():
    options = parse()
    result = json.loads(options.source.read_text()) if options.source else run(options)
    if options.plot:
        from figure import draw

        draw(result, options.plot)


if __name__ == "__main__":
    main()
