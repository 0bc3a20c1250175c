#!/usr/bin/env python3
"""ramp's CPU backend beside oneDNN's eltwise primitives, PyTorch's eager calls, memcpy and ramp on OpenCL, on the same processor: who is slower at what.

  bench/cpu_compare.py                                                      every op, dtype and pass, 2^26 elements and 2^15, on all processors
  bench/cpu_compare.py --op gelu,relu --dtype f32 --sizes 2^20 --threads 1
  bench/cpu_compare.py --engines ramp,opencl --sizes 2^24                   PoCL's share of the CPU backend's speed
  bench/cpu_compare.py --python ~/torch/bin/python --json compare.json --markdown compare.md

All take turns: a round times each once, beginning with another each time, and a ratio is the median of those taken inside one round, so that what else a shared machine does cancels. A call
of less than 2 ms is repeated for as long, on the same arrays. --clock processor takes the processors' time over the number of threads in place of the clock on the wall, and lets threads that
wait sleep: what other programs take is not counted then, and neither is how well the threads share the work. memcpy is counted as the time of as many bytes as the pass reads and writes. No input is subnormal in float, or double: an operation on one takes a processor of Intel's 150 cycles. Pass backward-output is the gradient told from the
output. PyTorch's backward of sigmoid and tanh always is; that of hardswish and mish, and both passes of softsign, tanhshrink, quick_gelu and relu_squared allocate what they return.

The bars: out of the caches light ops, which have no transcendental function, take at most 1.15 x memcpy, and the others less than oneDNN and PyTorch; in the caches none takes longer than
oneDNN's; and OpenCL has at least 0.8 of the CPU backend's speed. What a row misses stands in its last column.

oneDNN is measured where it was found when ramp was built (apt-get install libdnnl-dev), PyTorch where --python has it; what is missing is said, and left out.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time


LIGHT = "hardsigmoid softsign hardtanh relu relu6 leaky_relu threshold hardswish hardshrink softshrink relu_squared".split()  # no transcendental function
HEAVY = "softplus elu celu selu sigmoid logsigmoid tanh tanhshrink silu mish gelu gelu_tanh quick_gelu".split()
FROM_OUTPUT = "elu celu selu sigmoid tanh".split()  # those of ramp_op_saves that oneDNN or PyTorch has too
ENGINES = ("memcpy", "ramp", "onednn", "opencl", "torch")
NAMES = {"memcpy": "memcpy", "onednn": "oneDNN", "opencl": "OpenCL", "torch": "PyTorch"}
SIZES = {"f32": 4, "f64": 8, "f16": 2, "bf16": 2}
PAUSE = 0.012  # seconds between turns: threads of OpenMP's wait for more work with all their might for some milliseconds


def sizes(text):
    """2^26,32768: powers or plain counts."""
    return [int(base) ** int(power or 1) for base, _, power in (entry.partition("^") for entry in text.split(","))]


class Worker:
    """A program that answers lines with lines of JSON."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[0]} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.answer()


def passes_of(op):
    return ["forward", "backward"] + (["backward-output"] if op in FROM_OUTPUT else [])


def measure(workers, case, rounds):
    """Rows of milliseconds, one an engine; and why one is missing."""
    op, dtype, which, elements = case
    times, absent = {name: [] for name in workers}, {}
    for turn in range(rounds + 1):  # the first is for warmth
        for shift in range(len(ENGINES)):
            name = ENGINES[(turn + shift) % len(ENGINES)]
            if name not in workers or name in absent:
                continue
            time.sleep(PAUSE)
            words = (op, dtype, which.split("-")[0], elements) if name == "torch" else (name, op, dtype, which, elements)
            reply = workers[name].ask(*words)
            if "absent" in reply:
                absent[name] = reply["absent"]
            elif turn > 0:
                times[name].append(reply["ms"])
    return {name: row for name, row in times.items() if name not in absent}, absent


def row_of(case, times, absent):
    op, dtype, which, elements = case
    tensors = 2 if which == "forward" else 3
    row = {"op": op, "dtype": dtype, "pass": which, "elements": elements, "bytes": tensors * elements * SIZES[dtype]}
    for name in ENGINES:
        row[f"{name}_ms"] = statistics.median(times[name]) if name in times else None
    for name in ENGINES:
        bytes_ratio = tensors / 2 if name == "memcpy" else 1
        row[f"x_{name}"] = statistics.median(own / (other * bytes_ratio) for own, other in zip(times["ramp"], times[name])) if name in times and name != "ramp" else None
    row["absent"] = absent
    row["rounds"] = {name: [float(f"{ms:.5g}") for ms in row] for name, row in times.items()}
    return {key: value for key, value in row.items() if key != "x_ramp"}


def misses(row, cache):
    """The engines against which a row misses its bar."""
    ratio = {name: row[f"x_{name}"] for name in NAMES if row[f"x_{name}"] is not None}
    missed = ["opencl"] if ratio.get("opencl", 1) < 0.8 else []
    if row["elements"] * SIZES[row["dtype"]] < cache:
        return missed + (["onednn"] if ratio.get("onednn", 0) > 1 else [])
    if row["op"] in LIGHT:
        return missed + (["memcpy"] if ratio.get("memcpy", 0) > 1.15 else [])
    return missed + [name for name in ("onednn", "torch") if ratio.get(name, 0) >= 1]


def number(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def table(rows, cache):
    lines = ["| op | dtype | pass | elements | ramp ms | x memcpy | oneDNN ms | ramp / oneDNN | PyTorch ms | ramp / PyTorch | OpenCL ms | ramp / OpenCL | misses |", "|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        digits = 2 if row["ramp_ms"] >= 1 else 4
        cells = [row["op"], row["dtype"], row["pass"], str(row["elements"]), number(row["ramp_ms"], digits), number(row["x_memcpy"], 2)]
        for name in ("onednn", "torch", "opencl"):
            cells += [number(row[f"{name}_ms"], digits), number(row[f"x_{name}"], 2)]
        lines.append("| " + " | ".join(cells + [", ".join(NAMES[name] for name in misses(row, cache))]) + " |")
    return "\n".join(lines)


def summary(rows, cache):
    """A line for each bar that is missed, the worst first."""
    lines = []
    for name, sentence in {"memcpy": "Above 1.15 x memcpy", "onednn": "Slower than oneDNN", "torch": "Slower than PyTorch", "opencl": "OpenCL below 0.8 of the CPU backend"}.items():
        for place in ("", " in the caches"):
            missed = [row for row in rows if name in misses(row, cache) and (row["elements"] * SIZES[row["dtype"]] < cache) == bool(place)]
            missed.sort(key=lambda row: row[f"x_{name}"], reverse=name != "opencl")
            if missed:
                lines.append(f"{sentence}{place}, {len(missed)}: " + ", ".join(f"{row['op']} {row['dtype']} {row['pass']} {row[f'x_{name}']:.2f}" for row in missed))
    return "\n".join(lines) or "Every row is within its bar."


def has_torch(python):
    return subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0


def start(options):
    """The workers by engine, and a sentence for each engine that there is none for."""
    threads, here, missing = str(options.threads), pathlib.Path(__file__).parent, []
    if not os.access(options.turns, os.X_OK):
        sys.exit(f"cpu_compare.py: there is no program {options.turns}: build ramp, or give --turns its cpu-turns")
    environment = {"RAMP_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "POCL_MAX_PTHREAD_COUNT": threads, **({"OMP_WAIT_POLICY": "passive"} if options.clock == "processor" else {})}
    ours = Worker([options.turns] + ([threads] if options.clock == "processor" else []), environment)
    workers = {"memcpy": ours, "ramp": ours}
    if ours.about["onednn"]:
        workers["onednn"] = ours
    else:
        missing.append("oneDNN is not measured: ramp was built without it (apt-get install libdnnl-dev, oneDNN 2, and configure again)")
    if ours.about["opencl"]:
        workers["opencl"] = ours
    else:
        missing.append("OpenCL is not measured: ramp finds no CPU device (apt-get install pocl-opencl-icd)")
    if "torch" not in options.engines:
        pass
    elif has_torch(options.python):
        workers["torch"] = Worker([options.python, str(here / "torch_reference.py"), "--device", "cpu", "--turns", "--clock", options.clock], environment)
    else:
        missing.append(f"PyTorch is not measured: {options.python} cannot import torch (--python names one that can)")
    return {name: worker for name, worker in workers.items() if name in options.engines}, [text for text in missing if any(NAMES.get(name, name) in text for name in options.engines)]


def chosen(parser, name, text, allowed):
    entries = text.split(",")
    unknown = [entry for entry in entries if entry not in allowed]
    if unknown:
        parser.error(f"--{name}: there is no {', '.join(unknown)}; there are {', '.join(allowed)}")
    return entries


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", default="build/bin/cpu-turns", help="the program that times ramp, oneDNN, memcpy and OpenCL (the default: %(default)s)")
    parser.add_argument("--python", default=sys.executable, help="a Python that has PyTorch (the default: the one that runs this)")
    parser.add_argument("--op", default=",".join(LIGHT + HEAVY), help="a list of ops; all, where it is not given")
    parser.add_argument("--dtype", default="f32,bf16,f16,f64", help="a list of f32, bf16, f16, f64")
    parser.add_argument("--pass", dest="passes", default="forward,backward,backward-output", help="a list of forward, backward, backward-output")
    parser.add_argument("--engines", default="memcpy,ramp,onednn,torch", help="a list of memcpy, onednn, torch, opencl; ramp is always there (the default: %(default)s)")
    parser.add_argument("--sizes", type=sizes, default=[1 << 26, 1 << 15], help="elements, a list (the default: 2^26,2^15)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each (the default: %(default)s, one a processor)")
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall", help="processor is for a machine that others use")
    parser.add_argument("--rounds", type=int, default=7, help="in which each is timed once; three times as many where a tensor is below 1 MiB (the default: %(default)s)")
    parser.add_argument("--cache", type=int, default=32 << 20, help="bytes of a tensor from which on it is out of the caches (the default: %(default)s)")
    parser.add_argument("--json", help="all rows and rounds to this file")
    parser.add_argument("--markdown", help="the table to this file")
    options = parser.parse_args()
    options.op = chosen(parser, "op", options.op, LIGHT + HEAVY)
    options.dtype = chosen(parser, "dtype", options.dtype, list(SIZES))
    options.engines = chosen(parser, "engines", options.engines, list(ENGINES)) + ["ramp"]
    options.passes = chosen(parser, "pass", options.passes, ["forward", "backward", "backward-output"])
    return options


def main():
    options = arguments()
    workers, missing = start(options)
    about = {"threads": options.threads, "clock": options.clock, "torch": None, **workers["ramp"].about, **(workers["torch"].about if "torch" in workers else {})}
    for sentence in missing:
        print(sentence, file=sys.stderr)
    cases = [(op, dtype, which, elements) for elements in options.sizes for dtype in options.dtype for op in options.op for which in passes_of(op) if which in options.passes]
    rows, began = [], time.monotonic()
    for case in cases:
        rounds = options.rounds * (3 if case[3] * SIZES[case[1]] < 1 << 20 else 1)
        rows.append(row_of(case, *measure(workers, case, rounds)))
        if sys.stderr.isatty() or len(rows) % 25 == 0:
            left = (time.monotonic() - began) / len(rows) * (len(cases) - len(rows))
            print(f"{len(rows)} of {len(cases)} cases, about {math.ceil(left)} s more", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps({"program": "cpu_compare", **about, "missing": missing, "rounds": options.rounds, "results": rows}, indent=0) + "\n")
    text = f"{about['processor']}, {about['ramp']}, {options.threads} threads, clock {options.clock}, oneDNN {about['onednn'] or 'not measured'}, PyTorch {about['torch'] or 'not measured'}, OpenCL {about['opencl'] or 'not there'}\n\n"
    text += f"{table(rows, options.cache)}\n\n{summary(rows, options.cache)}\n"
    print(text, end="")
    if options.markdown:
        pathlib.Path(options.markdown).write_text(text)


if __name__ == "__main__":
    main()
