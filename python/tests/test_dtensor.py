"""DTensor on two processes (gloo on the CPU, NCCL on two GPUs): nothing is gathered, and the results are those of one process."""
import os
import socket

import pytest
import torch

import ramp_torch  # noqa: F401
from conftest import since

pytestmark = [since(2, 5, "torch.distributed.tensor"), pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")]


def worker(rank, port, device):
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
    from torch.distributed.tensor.debug import CommDebugMode

    import ramp_torch.functional as R
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK=str(rank), WORLD_SIZE="2")
    torch.set_num_threads(1)
    if device == "cuda":
        torch.cuda.set_device(rank)
    dist.init_process_group("gloo" if device == "cpu" else "nccl")
    mesh = init_device_mesh(device, (2,))
    torch.set_default_device(device)
    torch.manual_seed(0)
    full = torch.randn(6, 10)
    grad = torch.randn(6, 10)
    ramp_torch.register_dtensor()
    for name in ("relu", "hardtanh", "gelu", "sigmoid"):
        f = getattr(R, name)
        want_x = full.clone().requires_grad_()
        want = f(want_x)
        want.backward(grad)
        for placement in (Shard(0), Shard(1), Replicate()):
            x = distribute_tensor(full, mesh, [placement]).requires_grad_()
            g = distribute_tensor(grad, mesh, [placement])
            with CommDebugMode() as communication:
                y = f(x)
                y.backward(g)
            assert communication.get_total_counts() == 0, (name, placement)
            assert y.placements == (placement,) and x.grad.placements == (placement,)
            assert torch.equal(y.full_tensor(), want) and torch.equal(x.grad.full_tensor(), want_x.grad)
            # A gradient that comes in another placement.
            x.grad = None
            f(x).backward(distribute_tensor(grad, mesh, [Replicate()]))
            assert torch.equal(x.grad.full_tensor(), want_x.grad)
        z = distribute_tensor(full, mesh, [Shard(1)])
        with torch.no_grad():
            assert torch.equal(f(z).full_tensor(), want)
        partial = DTensor.from_local(full / 2, mesh, [Partial()])
        assert torch.allclose(f(partial).full_tensor(), want)
    x = distribute_tensor(full, mesh, [Shard(0)])
    assert torch.equal(R.relu(x, inplace=True).full_tensor(), R.relu(full)) and torch.equal(x.full_tensor(), R.relu(full))
    x = distribute_tensor(full, mesh, [Shard(0)]).requires_grad_()
    y = R.hardtanh(x * 1, inplace=True)
    y.sum().backward()
    assert torch.equal(x.grad.full_tensor(), (full.abs() < 1).float())
    dist.destroy_process_group()
    os._exit(0)  # not through Python's own end, which gloo's threads may abort: examples/distributed/train.py says why


two_gpus = pytest.mark.skipif(torch.cuda.device_count() < 2, reason=f"two CUDA devices are needed, and torch sees {torch.cuda.device_count()}")


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=two_gpus)])
def test_sharded_tensors_run_without_gathering(device):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    torch.multiprocessing.spawn(worker, (port, device), nprocs=2)
