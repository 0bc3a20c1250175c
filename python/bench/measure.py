"""How time, memory and error are measured: shared by ramp_torch_bench.py and examples/kernelbench/compare.py. Needs PyTorch alone."""

import gc
import statistics
import time
import warnings

import torch

DTYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
# of a number's dtype: bits after the point, and the exponent of its smallest normal number
PRECISION = {torch.float32: (23, -126), torch.float64: (52, -1022), torch.float16: (10, -14), torch.bfloat16: (7, -126)}


class Clock:
    """Times calls on one device: device events on CUDA, perf_counter on the CPU, with the caches overwritten before each call."""

    def __init__(self, device):
        self.cuda = torch.device(device).type == "cuda"
        cache = (
            torch.cuda.get_device_properties(device).L2_cache_size if self.cuda and hasattr(torch.cuda.get_device_properties(device), "L2_cache_size") else 0
        )
        self.scratch = torch.empty(max(4 * cache, 256 << 20 if self.cuda else 64 << 20), dtype=torch.uint8, device=device)

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize()

    def once(self, call):
        """Milliseconds of one call. What it returns is freed within the time: the caching allocators make that free on CUDA and part of the cost on the CPU."""
        self.scratch.zero_()
        if not self.cuda:
            start = time.perf_counter()
            call()
            return (time.perf_counter() - start) * 1e3
        start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        stop.record()
        stop.synchronize()
        return start.elapsed_time(stop)

    def interleaved(self, calls, repetitions, warmup=2):
        """{name: [milliseconds]} of {name: call}: every repetition runs each of them once, first to last and last to first in turn."""
        times = {name: [] for name in calls}
        for repetition in range(-warmup, repetitions):
            order = list(calls) if repetition % 2 else list(calls)[::-1]
            for name in order:
                ms = self.once(calls[name])
                if repetition >= 0:
                    times[name].append(ms)
        return times

    def medians(self, calls, repetitions, warmup=2):
        return {name: statistics.median(times) for name, times in self.interleaved(calls, repetitions, warmup).items()}


def host_us(calls, synchronize, count=400, rounds=41):
    """{name: microseconds of host time a call}: medians of `rounds` turns of `count` calls, taking turns; turns are short, so that most are undisturbed."""
    times = {name: [] for name in calls}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for turn in range(-1, rounds):
            for name, call in calls.items():
                repeat = range(count if turn >= 0 else count // 4)
                synchronize()
                start = time.perf_counter()
                for _ in repeat:
                    call()
                spent = time.perf_counter() - start
                synchronize()
                if turn >= 0:
                    times[name].append(spent / count * 1e6)
    finally:
        if collecting:
            gc.enable()
    return {name: statistics.median(turns) for name, turns in times.items()}


def memory(device, call):
    """(peak, kept) bytes that `call` allocated: at its worst moment, and when it returned with its result still alive. Bytes of tensors, not of the process."""
    gc.collect()
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        result = call()
        torch.cuda.synchronize()
        peak, kept = torch.cuda.max_memory_allocated() - before, torch.cuda.memory_allocated() - before
        del result
        return peak, kept
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the profiler forgets older cycles: there is one
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
            result = call()
    level = peak = 0
    for event in sorted((e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"), key=_event_time):
        level += event.nbytes()
        peak = max(peak, level)
    del result
    return peak, level


def _event_time(event):
    return event.start_ns() if hasattr(event, "start_ns") else event.start_us()


def ulp(exact, dtype):
    """The distance between two numbers of dtype around `exact`, a float64 tensor."""
    bits, smallest = PRECISION[dtype]
    exponent = torch.frexp(exact)[1].to(torch.int64) - 1
    return torch.ldexp(torch.ones_like(exact), exponent.clamp_(min=smallest) - bits)


def ulp_error(got, exact):
    """By how many ulp of got's dtype `got` differs from float64 `exact`; 0 where both are NaN or the same infinity, inf where only one is."""
    wide = got.double()
    error = (wide - exact).abs() / ulp(torch.where(exact.isfinite(), exact, torch.ones_like(exact)), got.dtype)
    past_largest = exact.abs() >= torch.finfo(got.dtype).max  # rounds to the largest number or to infinity
    same = (wide == exact) | (wide.isnan() & exact.isnan()) | (past_largest & (wide == exact.to(got.dtype).double()))
    return torch.where(same, torch.zeros_like(error), torch.where(error.isnan(), torch.full_like(error, torch.inf), error))
