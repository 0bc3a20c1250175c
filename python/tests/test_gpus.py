"""Two GPUs and more: every call on the tensor's own device and that device's current stream, whichever device is current."""
import pytest
import torch

import ramp_torch
import ramp_torch.functional as R
from conftest import ALL, ALL_IDS, ramp

pytestmark = pytest.mark.skipif(torch.cuda.device_count() < 2, reason=f"two CUDA devices are needed, and torch sees {torch.cuda.device_count()}")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_the_tensors_device_and_not_the_current_one(name, kwargs, dtype):
    """The CPU's bits, forward and backward, and the current device stays what it was."""
    f, x = ramp(name, kwargs), (torch.randn(3, 1001) * 4).to(dtype)
    for current, other in ((0, 1), (1, 0)):
        with torch.cuda.device(current):
            for save in ("auto", "input"):
                here, there = x.clone().requires_grad_(), x.to(f"cuda:{other}").requires_grad_()
                with ramp_torch.save(save):
                    want, got = f(here), f(there)
                want.backward(torch.ones_like(want))
                got.backward(torch.ones_like(got))
                assert got.device.index == there.grad.device.index == other and torch.cuda.current_device() == current
                assert torch.equal(got.cpu(), want) and torch.equal(there.grad.cpu(), here.grad)


def test_each_devices_current_stream():
    """A call is queued behind what is on its tensor's device's current stream, though the other device, with a stream of its own, is current."""
    x0, x1 = torch.zeros(1 << 20, device="cuda:0"), torch.zeros(1 << 20, device="cuda:1")
    for x in (x0, x1):
        R.hardtanh(x)  # loads the kernels
    streams = [torch.cuda.Stream(device) for device in (0, 1)]
    for device in (0, 1):
        torch.cuda.synchronize(device)
    with torch.cuda.stream(streams[1]):
        torch.cuda._sleep(int(1e9))
        x1.fill_(-1.5)
        with torch.cuda.stream(streams[0]):
            assert torch.cuda.current_device() == 0
            x0.fill_(1.5)
            y1, y0 = R.hardtanh(x1), R.hardtanh(x0)
            streams[0].synchronize()
            assert (y0 == 1).all()
            assert not streams[1].query(), "the call waited for the other device, or the wait was too short to tell"
    streams[1].synchronize()
    assert (y1 == -1).all()


def test_backward_across_devices():
    def loss(x, there, here):
        return R.gelu(R.hardtanh(R.silu(x).to(there)) + R.relu(x.to(there))).to(here).square().sum()
    x = torch.randn(50, 77)
    leaves = []
    for there, here in (("cuda:0", "cuda:0"), ("cuda:1", "cuda:0")):
        leaves.append(x.to("cuda:0").requires_grad_())
        loss(leaves[-1], there, here).backward()
    assert leaves[1].grad.device.index == 0 and torch.equal(leaves[0].grad, leaves[1].grad)


def test_one_call_takes_one_device():
    with pytest.raises(ValueError, match="one device"):
        torch.ops.ramp.silu_backward(torch.ones(3, device="cuda:0"), torch.ones(3, device="cuda:1"))


def test_data_parallel():
    """Both devices at once, a thread each."""
    model = torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.Hardswish()).to("cuda:0")
    ramp_torch.convert(model)
    x = torch.randn(64, 16, device="cuda:0")
    want = model(x)
    want.sum().backward()
    grads = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    got = torch.nn.DataParallel(model, [0, 1])(x)
    got.sum().backward()
    torch.testing.assert_close(got, want)
    for p, grad in zip(model.parameters(), grads):
        torch.testing.assert_close(p.grad, grad)


def test_graph_on_the_second_device():
    with torch.cuda.device(1):
        x = torch.randn(1000, device="cuda:1")
        R.gelu(R.relu(x))
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = R.gelu(R.relu(x))
        x.copy_(torch.linspace(-3, 3, 1000))
    graph.replay()
    torch.cuda.synchronize(1)
    assert torch.equal(y, R.gelu(R.relu(x)))
