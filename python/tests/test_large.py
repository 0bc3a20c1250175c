"""Tensors of more than 2^31 elements, on CUDA where it has the memory: held, bit for bit, to pieces of them that are computed by themselves."""
import pytest
import torch

import ramp_torch
import ramp_torch.functional as R
from conftest import MASKED

MANY = (1 << 31) + 3
PIECE = (1 << 28) + 8 * 37  # whole bytes of a mask; no power of two, so that the pieces' ends lie anywhere
GIB = 1 << 30


def need(*tensors, device="cuda"):
    """Skip where `tensors`, (elements, dtype) each, and two pieces in float64 do not fit."""
    if device == "cpu":
        return
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    torch.cuda.empty_cache()
    wanted, free = 4 * GIB + sum(n * torch.empty((), dtype=dtype).element_size() for n, dtype in tensors), torch.cuda.mem_get_info()[0]
    if free < wanted:
        pytest.skip(f"{wanted / GIB:.0f} GiB of GPU memory are needed, and {free / GIB:.0f} are free")


def pieces(t, size):
    """(dimension, start, length) of pieces of t of at most `size` elements or one row, along its longest dimension."""
    dim = max(range(t.dim()), key=t.size)
    step = max(1, size // (t.numel() // t.size(dim)))
    return [(dim, start, min(step, t.size(dim) - start)) for start in range(0, t.size(dim), step)]


def numbers(shape, dtype, device, lo=-4, hi=4):
    return torch.empty(shape, dtype=dtype, device=device).uniform_(lo, hi)


def hold(name, x, grad, piece):
    """Forward, backward from all that can be saved, and in place: of x whole, and of each piece of it, dense and by itself."""
    f = getattr(R, name)
    results = {}
    for save in ("input", "mask", "output") if name in MASKED else ("input",):
        leaf = x.detach().requires_grad_()
        with ramp_torch.save(save):
            y = f(leaf)
        dx, = torch.autograd.grad(y, leaf, grad)
        results = {"forward": y.detach(), f"backward from the {save}": dx}
        for dim, start, length in pieces(x, piece):
            part = x.detach().narrow(dim, start, length).contiguous().requires_grad_()
            with ramp_torch.save("input"):
                want = f(part)
            dwant, = torch.autograd.grad(want, part, grad.narrow(dim, start, length).contiguous())
            for (what, got), right in zip(results.items(), (want.detach(), dwant)):
                assert torch.equal(got.narrow(dim, start, length), right), f"{name} {what} of {tuple(x.shape)}, in {length} from {start} on along {dim}"
        del y, dx, leaf
    if name in ("relu", "hardtanh"):
        want = results["forward"]
        results = None
        f(x.detach(), inplace=True)
        assert torch.equal(x, want), f"{name} in place of {tuple(x.shape)}"


def hold_mask(x, grad, piece):
    ops = torch.ops.ramp
    mask = ops.hardtanh_mask(x)[1]
    assert mask.numel() == (x.numel() + 7) // 8
    dx = ops.hardtanh_mask_backward(grad, mask)
    for _, start, length in pieces(x, piece):
        part = slice(start, start + length)
        want = ops.hardtanh_mask(x[part].clone())[1]
        assert torch.equal(mask[start // 8 : start // 8 + want.numel()], want), f"the mask, from {start} on"
        assert torch.equal(dx[part], ops.hardtanh_mask_backward(grad[part].clone(), want)), f"the gradient from a mask, from {start} on"


def hold_views(name, dtype, device, rows, columns, piece):
    """Cut from a wider one; every second; turned, with a gradient that is not."""
    base = numbers((3, columns), dtype, device)
    cut = base[:, 1:-1]
    hold(name, cut, numbers(cut.shape, dtype, device), piece)
    flat = base.view(-1)[::2]  # fewer elements, whose places go as far
    hold(name, flat, numbers(flat.shape, dtype, device), piece)
    del base, cut, flat
    turned = numbers((rows, rows + 5), dtype, device).t()
    hold(name, turned, numbers(turned.shape, dtype, device), piece)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("name", ["hardtanh", "relu", "gelu", "softsign"])
def test_above_2_31_elements(name, dtype):
    need(*[(MANY, dtype)] * 5)
    hold(name, numbers(MANY, dtype, "cuda"), numbers(MANY, dtype, "cuda"), PIECE)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_a_mask_of_more_than_2_31_elements(dtype):
    need(*[(MANY, dtype)] * 4)
    hold_mask(numbers(MANY, dtype, "cuda"), numbers(MANY, dtype, "cuda"), PIECE)


@pytest.mark.parametrize("name", ["hardtanh", "gelu"])
def test_views_of_more_than_2_31_elements(name):
    columns = (1 << 30) + 5
    need(*[(3 * columns, torch.bfloat16)] * 6)
    hold_views(name, torch.bfloat16, "cuda", 46345, columns, PIECE)  # 46345 * 46350 is above 2^31


@pytest.mark.parametrize("device", ["cpu"])
def test_the_same_on_small_tensors(device):
    """What this file does at full size, where there is no GPU: that the pieces are those of the whole."""
    for name in ("hardtanh", "relu", "gelu", "softsign"):
        hold(name, numbers(4099, torch.bfloat16, device), numbers(4099, torch.bfloat16, device), 296)
    hold_mask(numbers(4099, torch.float16, device), numbers(4099, torch.float16, device), 296)
    hold_views("hardtanh", torch.bfloat16, device, 45, 1029, 296)
    x = numbers(4099, torch.float32, device)
    real = R.hardtanh
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(R, "hardtanh", lambda t, **more: real(t, **more) if t.numel() < 4099 else real(t) * (torch.arange(4099) < 4098))
        with pytest.raises(AssertionError, match="hardtanh forward"):
            hold("hardtanh", x, torch.ones_like(x), 296)
