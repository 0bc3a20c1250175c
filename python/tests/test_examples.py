"""The examples do what they say: the KernelBench files and their comparison, and the training on two processes (gloo, on the CPU)."""

import importlib.util
import json
import os
import pathlib
import socket
import subprocess
import sys

import pytest
import torch

import ramp_torch
from conftest import since

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
KERNELBENCH = EXAMPLES / "kernelbench"
NAMES = ("hardsigmoid", "hardsigmoid_fused", "hardsigmoid_alpha_beta", "softsign", "hardtanh")


def run(*command, **environment):
    return subprocess.run([sys.executable, *map(str, command)], env=os.environ | environment, capture_output=True, text=True, timeout=300)


def load(name):
    spec = importlib.util.spec_from_file_location(name, KERNELBENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_kernelbench_interface(name):
    module = load(name)
    assert (module.batch_size, module.dim) == (4096, 393216)
    with torch.device("meta"):  # the default device is where a harness says
        inputs = module.get_inputs()
    assert [(t.device.type, tuple(t.shape), t.dtype) for t in inputs] == [("meta", (4096, 393216), torch.float32)]
    module.batch_size, module.dim = 3, 1000
    x = module.get_inputs()[0]
    theirs, ours = (cls(*module.get_init_inputs()) for cls in (module.Model, module.ModelNew))
    torch.testing.assert_close(ours(x), theirs(x))
    assert x.min() < -3 and x.max() > 3, "the inputs do not pass the knees"


def lacks_half():
    """Why compare.py cannot hold PyTorch's f16 on the CPU to anything, in PyTorch's words; "" where it can."""
    one = torch.ones(1, dtype=torch.float16)
    try:
        torch.nextafter(torch.nn.functional.hardsigmoid(one), one)
    except RuntimeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("dtypes", ["f32,bf16", pytest.param("f16", marks=pytest.mark.skipif(lacks_half() != "", reason=lacks_half()))])
def test_kernelbench_compare(dtypes, tmp_path):
    done = run(KERNELBENCH / "compare.py", "--device", "cpu", "--shape", "7x1001", "--dtype", dtypes, "--repetitions", 1, "--json", tmp_path / "out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "out.json").read_text())["results"]
    assert [row["name"] for row in rows] == [name for name in NAMES for _ in dtypes.split(",")]
    assert all(row["correct"] and row["ramp"]["peak_bytes"] > 0 and row["ramp"]["backward"]["ms"] > 0 for row in rows)


WRONG = {
    "a last element": "lambda x: torch.cat([good(x).flatten()[:-1], torch.zeros_like(x).flatten()[:1]]).view_as(x)",
    "NaN": "lambda x: good(x).nan_to_num(0)",
    "a gradient at infinity": "lambda x: x / (1 + x.abs())",
    "a few ulp": "lambda x: good(x) * (1 + 3e-7)",
}


def compare(monkeypatch, *arguments):
    """compare.py in this process; the message that it leaves with."""
    monkeypatch.setattr(sys, "argv", ["compare.py", "--device", "cpu", *arguments])
    with pytest.raises(SystemExit) as left:
        load("compare").main()
    return left.value.code


@pytest.mark.parametrize("what", WRONG)
def test_kernelbench_compare_finds(what, monkeypatch, capsys):
    monkeypatch.setattr(ramp_torch.functional, "softsign", eval(WRONG[what], {"good": ramp_torch.functional.softsign, "torch": torch}))
    message = compare(monkeypatch, "softsign", "--shape", "7x1001", "--repetitions", "1")
    assert message == "compare.py: wrong values: softsign f32" and "WRONG at x =" in capsys.readouterr().out


@pytest.mark.parametrize("arguments, message", [
    (["softsine"], "'softsine' is not one of"), (["--dtype", "f32,fp8"], "'fp8' is not one of"), (["--shape", "12"], "is not ROWSxCOLUMNS"), (["--shape", "1x4"], "need at least"),
])  # fmt: skip
def test_kernelbench_compare_refuses(arguments, message, monkeypatch, capsys):
    code = compare(monkeypatch, *arguments)
    assert message in str(code) + capsys.readouterr().err and code != 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch is built without torch.distributed")
@pytest.mark.parametrize("backend", ["gloo", pytest.param("nccl", marks=pytest.mark.skipif(
    torch.cuda.device_count() < 2, reason=f"two CUDA devices are needed, and torch sees {torch.cuda.device_count()}"))])  # fmt: skip
@pytest.mark.parametrize("mode", ["ddp", pytest.param("tensor", marks=since(2, 5, "torch.distributed.tensor"))])
def test_distributed(mode, backend, tmp_path):
    done = run(
        "-m",
        "torch.distributed.run",
        "--master-addr=127.0.0.1",  # a machine may not know the name localhost
        f"--master-port={free_port()}",
        "--nproc-per-node",
        2,
        EXAMPLES / "distributed" / "train.py",
        "--mode",
        mode,
        "--steps",
        20,
        "--json",
        tmp_path / "out.json",
        OMP_NUM_THREADS="1",
        **({"CUDA_VISIBLE_DEVICES": ""} if backend == "gloo" else {}),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "out.json").read_text())
    assert [(row["rank"], row["backend"]) for row in rows] == [(0, backend), (1, backend)]
    assert all(row["last_loss"] < row["first_loss"] / 2 and row["peak_mib"] > 0 for row in rows)
    if mode == "tensor":
        assert all(row["activations"] == 3 and row["collectives"] == 0 and row["stayed_sharded"] for row in rows)
        assert rows[0]["last_loss"] == rows[1]["last_loss"]


def test_distributed_without_torchrun():
    done = run(EXAMPLES / "distributed" / "train.py")
    assert done.returncode != 0 and "torchrun" in done.stderr
