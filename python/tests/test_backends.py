"""Backends, devices, streams, processes."""
import os
import subprocess
import sys

import pytest
import torch

import ramp_torch
import ramp_torch.functional as R
from conftest import ALL, ALL_IDS, F, ramp

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device")


def run(code, **environment):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)


def opencl():
    """The selector of an OpenCL device, whatever its type; None where there is none."""
    try:
        with ramp_torch.backend("opencl:cpu,opencl:gpu,opencl:accelerator"):
            return "opencl:cpu,opencl:gpu,opencl:accelerator"
    except RuntimeError as error:
        pytest.skip(f"no OpenCL device: {error}")


def test_backend_cpu():
    with ramp_torch.backend("cpu"):
        assert ramp_torch.backend.describe().startswith("cpu: ")
        R.relu(torch.randn(4))


@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_backend_opencl(name, kwargs):
    """The CPU backend's bits, in every layout; a mask written by one is read by the other."""
    selector = opencl()
    f = ramp(name, kwargs)
    for x in (torch.randn(1001), torch.randn(6, 7).t(), torch.randn(4, 9)[:, 1::2], torch.randn(0), torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)):
        x.requires_grad_()
        want = f(x)
        grad = torch.randn_like(want)
        dwant, = torch.autograd.grad(want, x, grad)
        with ramp_torch.backend(selector):
            assert ramp_torch.backend.describe().startswith("opencl: ")
            y = f(x)
        assert torch.equal(y, want) and y.stride() == want.stride()
        dx, = torch.autograd.grad(y, x, grad, retain_graph=True)
        assert torch.equal(dx, dwant)
        with ramp_torch.backend(selector):
            dx, = torch.autograd.grad(y, x, grad)
        assert torch.equal(dx, dwant)


def test_backend_opencl_in_place():
    selector = opencl()
    x = torch.randn(5, 6)
    want = R.hardtanh(x)
    with ramp_torch.backend(selector):
        part = x.clone().t()
        assert torch.equal(R.hardtanh(part, inplace=True), want.t()) and torch.equal(part, want.t())


def test_backend_errors():
    with pytest.raises((RuntimeError, ValueError), match="nonsense"):
        ramp_torch.backend("nonsense")
    with ramp_torch.backend("cuda"):
        with pytest.raises(ValueError, match="host's memory"):
            R.relu(torch.ones(3))
    R.relu(torch.ones(3))


def test_backend_by_variable():
    done = run("import torch, ramp_torch; ramp_torch.functional.relu(torch.ones(3))", RAMP_BACKEND="cuda")
    assert done.returncode != 0 and "host's memory" in done.stderr
    done = run("import torch, ramp_torch; print(ramp_torch.functional.relu(torch.ones(3)), ramp_torch.backend.describe())", RAMP_BACKEND="cpu")
    assert done.returncode == 0 and "cpu: " in done.stdout, done.stderr


def test_fork_and_spawn_loaders():
    code = """
import torch, ramp_torch, ramp_torch.functional as R
from torch.utils.data import DataLoader, Dataset
class Data(Dataset):
    def __len__(self): return 6
    def __getitem__(self, i):
        x = torch.full((1 << 18,), float(i) - 2, requires_grad=True)
        y = R.relu(x); y.sum().backward()
        return y.detach()[0] + x.grad.sum()
if __name__ == "__main__":
    want = [R.relu(torch.tensor(float(i) - 2)).item() + (1 << 18) * (i > 2) for i in range(6)]
    R.relu(torch.randn(1 << 20))
    for method in ("fork", "spawn"):
        got = [b.item() for b in DataLoader(Data(), batch_size=None, num_workers=2, multiprocessing_context=method)]
        assert got == want, (method, got, want)
    print("done")
"""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "loaders.py")
        with open(path, "w") as file:
            file.write(code)
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=170,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.path.dirname(os.path.dirname(ramp_torch.__file__)), os.environ.get("PYTHONPATH")]))})
    assert done.returncode == 0 and "done" in done.stdout, done.stderr


def test_threads():
    from concurrent.futures import ThreadPoolExecutor
    x = torch.randn(1 << 16)
    want = F.hardtanh(x)
    with ThreadPoolExecutor(4) as pool:
        assert all(torch.equal(y, want) for y in pool.map(lambda _: R.hardtanh(x), range(40)))


# ---- CUDA ----

@cuda
def test_cuda_bits_are_the_cpus():
    for name, kwargs in ALL:
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            x = (torch.randn(3, 1001) * 4).to(dtype)
            a, b = x.requires_grad_(), x.detach().cuda().requires_grad_()
            y, z = ramp(name, kwargs)(a), ramp(name, kwargs)(b)
            assert torch.equal(y, z.cpu()), (name, dtype)
            y.sum().backward()
            z.sum().backward()
            assert torch.equal(a.grad, b.grad.cpu()), (name, dtype)


@cuda
def test_cuda_streams():
    """Work goes to the current stream: behind a long wait on it, and not before."""
    stream = torch.cuda.Stream()
    x = torch.zeros(1 << 20, device="cuda")
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(int(2e8))
        x.fill_(-1.5)
        y = R.hardtanh(x)
        done = torch.cuda.Event()
        done.record()
    assert not done.query()
    stream.synchronize()
    assert (y == -1).all()


@cuda
def test_cuda_graph():
    x = torch.randn(1000, device="cuda", requires_grad=True)
    grad = torch.randn(1000, device="cuda")
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            R.gelu(R.relu(x)).backward(grad)
            x.grad = None
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        y = R.gelu(R.relu(x))
        y.backward(grad)
    with torch.no_grad():
        x.copy_(torch.linspace(-3, 3, 1000))
    graph.replay()
    z = x.detach().clone().requires_grad_()
    want = R.gelu(R.relu(z))
    want.backward(grad)
    assert torch.equal(y, want) and torch.equal(x.grad, z.grad)


@cuda
def test_cuda_autocast_softplus_is_float32():
    with torch.autocast("cuda", dtype=torch.float16):
        x = torch.randn(3, device="cuda", dtype=torch.float16)
        assert R.softplus(x).dtype == F.softplus(x).dtype == torch.float32


@cuda
def test_cuda_tensor_and_opencl_only():
    x = torch.ones(3, device="cuda")
    with ramp_torch.backend("cpu"), pytest.raises(ValueError, match="cannot use PyTorch's CUDA memory"):
        R.relu(x)
    done = run("import torch, ramp_torch; ramp_torch.functional.relu(torch.ones(3, device='cuda'))", RAMP_BACKEND="opencl")
    assert done.returncode != 0 and "cannot use PyTorch's CUDA memory" in done.stderr


@cuda
def test_cuda_fork():
    code = """
import os, torch, ramp_torch.functional as R
R.relu(torch.ones(3, device="cuda"))
child = os.fork()
if child == 0:
    assert R.relu(torch.tensor([-1.0, 2.0])).tolist() == [0, 2]
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
