#!/usr/bin/env python3
"""What ramp_torch costs and saves next to PyTorch, eager and compiled, in one run.

  ramp_torch_bench.py --json run.json                        everything: under 400 s on an H200; small sizes on the CPU
  ramp_torch_bench.py --sections ops --ops softsign,gelu --dtypes bf16
  ramp_torch_bench.py --json run.json --budget 200           in 200 s at most: what there was no time for is counted in the JSON, under left_out
  ramp_torch_bench.py --from run.json --plot run.svg         the picture of an earlier run, whole or cut off (needs matplotlib): no GPU, no ramp_torch

Sections, in the order in which they run
  calls     host time of a call on 16 elements, against the bars: F's + 1.2 us without autograd, F's + 2.5 us with it
  ops       each op, dtype and pass: milliseconds, and the share of the roof (a copy forward, an add of two tensors backward). Forward: without autograd.
            Backward: alone. Training: forward with autograd, then backward; that is where a mask is written. f64 has a quarter of the elements, and
            torch.compile is left out there.
  kept      bytes an element that an activation keeps for backward, when the next layer keeps its output anyway (Linear, convolution), and when it does not
  training  a step (forward, backward, SGD) of an MLP and a ResNet in bf16: time, and what it allocates at its worst moment, for each ramp_torch.save
  compiled  what ramp_torch.convert costs under torch.compile, where Inductor could have fused the activation

Times are medians; what is compared takes turns inside one process, and the cache is overwritten before each call: device events on CUDA, perf_counter on
the CPU. Ratios are PyTorch's time over ramp's: above 1, ramp is faster.

torch.compile takes most of a run, so its programs are made ahead, by --compile-jobs processes that leave them in PyTorch's caches on disk. The JSON is
written after every row. Progress and the time left go to stderr.
"""

import argparse
import datetime
import gc
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from measure import DTYPES, Clock, host_us, memory

SECTIONS = ("calls", "ops", "kept", "training", "compiled")
OPS = {
    "relu": F.relu, "relu6": F.relu6, "leaky_relu": F.leaky_relu, "threshold": lambda x: F.threshold(x, 1.0, 0.0), "hardtanh": F.hardtanh, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "hardshrink": F.hardshrink, "softshrink": F.softshrink, "softsign": F.softsign, "softplus": F.softplus, "elu": F.elu, "celu": F.celu,
    "selu": F.selu, "sigmoid": torch.sigmoid, "logsigmoid": F.logsigmoid, "tanh": torch.tanh, "tanhshrink": F.tanhshrink, "silu": F.silu, "mish": F.mish, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x), "relu_squared": lambda x: F.relu(x).square(),
}  # fmt: skip
ACTIVATIONS = {"relu": nn.ReLU, "hardtanh": nn.Hardtanh, "gelu": nn.GELU, "hardswish": nn.Hardswish}
MODELS = ("mlp", "resnet", "chain", "short")  # training.py; short: a ResNet of one block a stage
COMPILED = (("chain", "relu"), ("chain", "gelu"), ("mlp", "relu"), ("mlp", "gelu"), ("short", "relu"))
SHARES = {"calls": 0.12, "ops": 0.62, "kept": 0.06, "training": 0.1, "compiled": 0.1}  # of the budget; what a section leaves over is the next ones'
BARS = {"no_grad": 1.2, "grad": 2.5}  # microseconds that a call may cost beyond PyTorch's


def ramp_op(name):
    import ramp_torch.functional as R

    special = {"threshold": lambda x: R.threshold(x, 1.0, 0.0), "gelu_tanh": lambda x: R.gelu(x, approximate="tanh")}
    return special.get(name) or getattr(R, name)


def note(text):
    print("    " + text, file=sys.stderr, flush=True)


class Budget:
    """The time that a run, and each of its sections, may take; and the words about it on stderr."""

    def __init__(self, seconds, sections):
        self.start, self.seconds, self.sections = time.perf_counter(), seconds, list(sections)

    def spent(self):
        return time.perf_counter() - self.start

    def items(self, section, items):
        """`items`, as long as there is time for them; then how many were left out, as the last word. Every item is thought to take as long as the mean."""
        items, later = list(items), sum(SHARES[name] for name in self.sections[self.sections.index(section) + 1 :])
        begun = self.spent()
        end = begun + (self.seconds - begun) * SHARES[section] / (SHARES[section] + later)
        self.left_out = 0
        for done, item in enumerate(items):
            mean = (self.spent() - begun) / max(1, done)
            if done and self.spent() + mean > end:
                self.left_out = len(items) - done
                note(f"{section}: {self.left_out} of {len(items)} left out: their part of --budget {self.seconds:.0f} is spent")
                return
            left = f"about {mean * (len(items) - done):.0f} s left" if done else f"at most {max(0.0, end - begun):.0f} s left"
            note(f"[{self.spent():.0f} s] {section} {done + 1} of {len(items)}, {left} for it")
            yield item


def compiled(function):
    torch._dynamo.reset()  # every op is its own program: none counts towards another's limit of recompilations
    return torch.compile(function, dynamic=False, fullgraph=True)


def again_and_again():
    """For ops: a compiled backward is timed many times on one graph, and may not use up what was saved."""
    import torch._functorch.config

    return torch._functorch.config.patch(donated_buffer=False)


def inputs(elements, dtype):
    """x and dy on the default device, a GPU's worth of random numbers at a time."""
    x, g = torch.empty(elements, dtype=DTYPES[dtype]), torch.empty(elements, dtype=DTYPES[dtype])
    return x.uniform_(-8, 8), g.uniform_(-1, 1)


def elements_of(options, dtype):
    return options.elements // (4 if dtype == "f64" else 1)


def measure_ops(options, put, say):
    clock, at = Clock(options.device), None
    for dtype, op in options.budget.items("ops", [(dtype, op) for dtype in options.dtypes for op in options.ops]):
        if at != dtype:
            at, elements = dtype, elements_of(options, dtype)
            x = g = y = leaf = None  # before the next are made
            with torch.device(options.device):
                x, g = inputs(elements, dtype)
                y = torch.empty_like(x)
            roof = clock.medians({"forward": lambda: y.copy_(x), "backward": lambda: torch.add(x, g, out=y)}, options.repetitions)
            roof["training"] = roof["forward"] + roof["backward"]
            y = None
        functions = {"eager": OPS[op], "ramp": ramp_op(op)}
        if dtype in options.compile_dtypes:
            functions["compile"] = compiled(OPS[op])
        with torch.no_grad():
            times = {"forward": clock.medians({who: (lambda f=f: f(x)) for who, f in functions.items()}, options.repetitions)}
        leaf = x.detach().requires_grad_()
        with again_and_again():
            outputs = {who: f(leaf) for who, f in functions.items()}
            times["backward"] = clock.medians(
                {who: (lambda r=r: torch.autograd.grad(r, leaf, g, retain_graph=True)) for who, r in outputs.items()}, options.repetitions
            )
            del outputs
            times["training"] = clock.medians({who: (lambda f=f: torch.autograd.grad(f(leaf), leaf, g)) for who, f in functions.items()}, options.repetitions)
        for name, ms in times.items():
            put("ops", op=op, dtype=dtype, **{"pass": name}, elements=elements, ms=ms, roof_ms=roof[name])
            beside = "".join(f"{ms[who] / ms['ramp']:>10.2f}x" if who in ms else f"{'':>11}" for who in ("eager", "compile"))
            three = f"{ms['eager']:>10.4f}{ms.get('compile', float('nan')):>10.4f}{ms['ramp']:>10.4f}"
            say(f"{op:<13}{dtype:<6}{name:<10}{three}{beside}{roof[name] / ms['ramp']:>10.1%}")


def programs(options):
    """What torch.compile is asked for in this run: "ops op dtype" and "compiled model activation"."""
    found = []
    if "ops" in options.sections:
        found += [f"ops {op} {dtype}" for dtype in options.dtypes if dtype in options.compile_dtypes for op in options.ops]
    if "compiled" in options.sections:
        found = [f"compiled {model} {activation}" for model, activation in COMPILED if model in options.models] + found  # these take longest
    return found


def compile_one(program, options):
    """Compile it as its section will, and leave it in the caches."""
    kind, name, of = program.split()
    torch._dynamo.reset()
    with torch.device(options.device):
        if kind == "compiled":
            for convert in (False, True):
                torch_step(name, ACTIVATIONS[of], options.device.startswith("cuda"), True, convert)()
            return
        x, g = inputs(elements_of(options, of), of)
    function = compiled(OPS[name])
    with torch.no_grad():
        function(x)
    leaf = x.requires_grad_()
    with again_and_again():
        torch.autograd.grad(function(leaf), leaf, g)


def compile_worker(options):
    """One of the processes that compile ahead: a program a line of stdin, a line of stdout when it is done."""
    import torch._inductor.config

    torch._inductor.config.autotune_local_cache = False  # which variant is fastest cannot be told while others use the GPU: it is found out when measured
    for program in sys.stdin:
        try:
            compile_one(program, options)
            print("done", flush=True)
        except Exception as error:  # whoever measures it meets the same, with nobody to hide it
            print(f"failed: {program.strip()}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", flush=True)
        torch.cuda.empty_cache()


def compile_ahead(options):
    """Have worker processes compile what the run will ask for; a quarter of the budget at most. What they have not done is compiled when it is measured."""
    import concurrent.futures
    import queue

    todo, start, done, stopped = queue.SimpleQueue(), time.perf_counter(), 0, False
    every = programs(options)
    for program in every:
        todo.put(program)
    workers = min(options.compile_jobs, len(every))
    if workers < 1:
        return
    command = [sys.executable, __file__, "--compile-worker", *sys.argv[1:]]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    processes = [subprocess.Popen(command, env=os.environ | {"TORCHINDUCTOR_COMPILE_THREADS": "1"}, **pipes) for _ in range(workers)]

    def feed(process):
        nonlocal done
        while not stopped:
            try:
                program = todo.get_nowait()
            except queue.Empty:
                break
            try:
                process.stdin.write(program + "\n")
                process.stdin.flush()
                answer = process.stdout.readline().strip()
            except OSError:
                answer = ""
            if stopped:
                break
            done += 1
            if answer != "done":
                note(answer or f"a compiling process ended at {program}")
            if not answer:
                break

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        feeding = [pool.submit(feed, process) for process in processes]
        while True:
            waiting = concurrent.futures.wait(feeding, timeout=5).not_done
            spent = time.perf_counter() - start
            note(f"[{options.budget.spent():.0f} s] compiled ahead {done} of {len(every)}, in {workers} processes")
            if not waiting or spent > options.budget.seconds / 4:
                break
        stopped = True
        for process in processes:
            process.kill()
            process.wait()


def measure_calls(options, put, say):
    synchronize = torch.cuda.synchronize if options.device.startswith("cuda") else lambda: None
    with torch.device(options.device):
        x, g = torch.randn(16), torch.ones(16)
    leaf = x.clone().requires_grad_()
    for op in options.budget.items("calls", options.ops):
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
    with torch.device(options.device):
        tensors = {dtype: torch.randn(1 << 20).to(DTYPES[dtype]).requires_grad_() for dtype in options.dtypes}
    for dtype, op in options.budget.items("kept", [(dtype, op) for dtype in options.dtypes for op in options.ops]):
        functions = {"eager": OPS[op], "ramp": ramp_op(op)}
        x = tensors[dtype]
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
    for model, activation in options.budget.items("training", [(m, a) for m in ("mlp", "resnet") if m in options.models for a in ("relu", "hardtanh")]):
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
    for model, activation in options.budget.items("compiled", [(m, a) for m, a in COMPILED if m in options.models]):
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
    parser.add_argument("--sections", default=",".join(SECTIONS), help="a list of them, in the order to run them (default: all)")
    parser.add_argument("--ops", default=",".join(OPS), help="a list of ops (default: all)")
    parser.add_argument("--dtypes", default="f32,bf16,f16,f64", help="a list of f32, f64, f16, bf16 (default: f32,bf16,f16,f64), for ops and kept")
    parser.add_argument(
        "--compile-dtypes",
        default=None,
        help='those of --dtypes in which torch.compile is measured too: it takes most of the time (default: f32,bf16,f16; "" for none)',
    )
    parser.add_argument(
        "--models", default=",".join(MODELS), help="a list of them: mlp and resnet in training, mlp, chain (point-wise alone) and short (ResNet) in compiled"
    )
    parser.add_argument("--elements", type=count, help="of each tensor in ops: 268435456 or 2^28 (default: 2^28 on CUDA, 2^20 on the CPU)")
    parser.add_argument("--repetitions", type=int, default=10, help="calls timed of each; their median is given (default 10)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cuda, cuda:1 or cpu (default: cuda where there is one)")
    parser.add_argument("--budget", type=float, default=380, metavar="SECONDS", help="of the whole run: a section ends when its part is spent (default 380)")
    parser.add_argument(
        "--compile-jobs", type=int, help="processes that compile ahead; 0: none (default: half of the processors, 8 at most, on CUDA; none on the CPU)"
    )
    parser.add_argument("--compile-worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every number there")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="draw time and memory there; needs matplotlib")
    parser.add_argument("--from", dest="source", type=pathlib.Path, metavar="FILE.json", help="measure nothing: draw what an earlier --json holds")
    options = parser.parse_args()
    options.sections = listed(parser, "--sections", options.sections, SECTIONS)
    options.ops = listed(parser, "--ops", options.ops, OPS)
    options.models = listed(parser, "--models", options.models, MODELS)
    options.dtypes = listed(parser, "--dtypes", options.dtypes, DTYPES)
    if options.compile_dtypes is None:
        options.compile_dtypes = [dtype for dtype in options.dtypes if dtype != "f64"]
    else:
        options.compile_dtypes = listed(parser, "--compile-dtypes", options.compile_dtypes, DTYPES)
    options.elements = options.elements or (1 << 28 if options.device.startswith("cuda") else 1 << 20)
    if options.compile_jobs is None:
        options.compile_jobs = min(8, (os.cpu_count() or 2) // 2) if options.device.startswith("cuda") else 0
    options.budget = Budget(options.budget, options.sections)
    if options.source and not options.plot:
        parser.error("--from FILE.json needs --plot FILE.svg: there is nothing else to do with it")
    if options.plot:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            parser.error("--plot needs matplotlib: pip install matplotlib; or measure with --json FILE and draw elsewhere with --from FILE --plot")
    return options


def write(path, result):
    """All of it, or what was there before: never half a file."""
    whole = path.with_name(path.name + ".part")
    whole.write_text(json.dumps(result, indent=1) + "\n")
    whole.replace(path)


def run(options):
    import ramp_torch

    cuda = options.device.startswith("cuda")
    result = {
        "date": datetime.date.today().isoformat(), "command": shlex.join(["ramp_torch_bench.py", *sys.argv[1:]]), "torch": torch.__version__,
        "ramp_torch": getattr(ramp_torch, "__version__", ""), "device": torch.cuda.get_device_name(options.device) if cuda else f"CPU, {torch.get_num_threads()} threads",
        "seconds": {}, "left_out": {}, **{section: [] for section in options.sections},
    }  # fmt: skip
    print(f"{result['device']}, PyTorch {result['torch']}, ramp_torch {result['ramp_torch']}")

    def put(section, **row):
        result[section].append(row)
        if options.json:
            write(options.json, result)  # what was measured stays when a later section fails, or the run is cut off

    compile_ahead(options)
    result["seconds"]["compiling ahead"] = options.budget.spent()
    gc.collect()
    gc.freeze()  # the modules: they need not be searched each time that memory is measured
    for section in options.sections:
        print(f"\n{section}\n{HEADINGS[section]}", flush=True)
        start = time.perf_counter()
        MEASURES[section](options, put, lambda line: print(line, flush=True))
        result["seconds"][section] = time.perf_counter() - start
        if options.budget.left_out:
            result["left_out"][section] = options.budget.left_out
        if options.json:
            write(options.json, result)
        if cuda:
            torch.cuda.empty_cache()
        print(f"({section}: {result['seconds'][section]:.0f} s)", flush=True)
    if result["left_out"]:
        print("\nLeft out, for want of time (--budget): " + ", ".join(f"{count} of {section}" for section, count in result["left_out"].items()))
    return result


def main():
    options = parse()
    if options.compile_worker:
        return compile_worker(options)
    result = json.loads(options.source.read_text()) if options.source else run(options)
    if options.plot:
        from figure import draw

        draw(result, options.plot)


if __name__ == "__main__":
    main()
