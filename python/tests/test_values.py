"""Values, gradients, layouts and errors, against PyTorch's own."""
import pytest
import torch

import ramp_torch
import ramp_torch.functional as R
from conftest import ALL, ALL_IDS, CASES, DEVICES, IDS, INPLACE, MASKED, VERSION, F, own, ramp

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
TOLERANCE = {torch.float32: (1e-6, 1e-6), torch.float64: (1e-7, 1e-7), torch.float16: (2e-3, 2e-3), torch.bfloat16: (2e-2, 1e-2)}
LAYOUTS = {
    "contiguous": lambda t: t, "permuted": lambda t: t.permute(2, 0, 3, 1), "sliced": lambda t: t[:, ::2, 1:], "broadcast": lambda t: t[:1].expand(5, -1, -1, -1),
    "expanded last": lambda t: t[..., :1].expand(-1, -1, -1, 6), "channels_last": lambda t: t.contiguous(memory_format=torch.channels_last), "empty": lambda t: t[:0],
    "scalar": lambda t: t[0, 0, 0, 0], "flat": lambda t: t.flatten()[3:], "sliced, permuted": lambda t: t.permute(3, 2, 1, 0)[1:, :, ::2],
}


def sample(dtype=torch.float32, device="cpu", shape=(3, 4, 5, 7)):
    """Spread past every knee; on none, where the gradients are a matter of convention (test_edges holds those)."""
    x = torch.randn(shape, dtype=torch.float64) * 3
    return (torch.floor(x * 8) / 8 + 1 / 16).to(device=device, dtype=dtype)  # bfloat16 has them exactly


def close(a, b, dtype):
    rtol, atol = TOLERANCE[dtype]
    torch.testing.assert_close(a, b, rtol=rtol, atol=atol)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name,kwargs", CASES, ids=IDS)
def test_values_and_gradients(name, kwargs, dtype, device):
    x, z = (sample(dtype, device).requires_grad_() for _ in range(2))
    with torch.no_grad():
        z.copy_(x)
    # PyTorch's own in float64, rounded: some of its 16-bit composites round at every step.
    want = own(name, kwargs)(z.double()).to(dtype)
    got = ramp(name, kwargs)(x)
    close(got, want, dtype)
    grad = torch.randn_like(got)
    got.backward(grad)
    want.backward(grad)
    assert x.grad.dtype == dtype
    close(x.grad, z.grad, dtype)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_layouts(name, kwargs, layout, device):
    """The bits of a dense tensor, at the strides of PyTorch's own; for every gradient's layout."""
    base = sample(device=device)
    x = LAYOUTS[layout](base).detach().requires_grad_()
    flat = x.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    y, want = ramp(name, kwargs)(x), ramp(name, kwargs)(flat)
    assert torch.equal(y, want)
    assert y.stride() == torch.add(x, 1).stride() or x.numel() == 0
    for grad in (torch.randn_like(want), torch.randn(want.shape[::-1], device=device).permute(list(range(want.dim()))[::-1]), torch.ones((), device=device).expand_as(want)):
        (dx,), (dflat,) = torch.autograd.grad(y, x, grad, retain_graph=True), torch.autograd.grad(want, flat, grad.contiguous(), retain_graph=True)
        assert torch.equal(dx, dflat)


@pytest.mark.parametrize("name,kwargs", CASES, ids=IDS)
def test_strides_are_pytorchs(name, kwargs):
    base = sample()
    for layout, view in LAYOUTS.items():
        x = view(base)
        want = own(name, kwargs)(x).stride()
        if name == "logsigmoid" and layout not in ("contiguous", "flat"):
            continue  # PyTorch's on the CPU makes its output contiguous, or not, with the layout: an intended difference
        assert ramp(name, kwargs)(x).stride() == want, layout


@pytest.mark.parametrize("save", ["auto", "mask", "input", "output"])
@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_what_is_saved(name, kwargs, save):
    x = sample().requires_grad_()
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (kept.append(t), t)[1], lambda t: t), ramp_torch.save(save):
        y = ramp(name, kwargs)(x)
    with ramp_torch.save("input"):
        want, = torch.autograd.grad(ramp(name, kwargs)(x).sum(), x)
    got, = torch.autograd.grad(y.sum(), x)
    (kept,) = kept
    if save == "auto" and name in ("relu", "sigmoid", "tanh"):
        assert kept.data_ptr() == y.data_ptr()
    elif save in ("auto", "mask") and name in MASKED:
        assert kept.dtype == torch.uint8 and kept.numel() == (x.numel() + 7) // 8
        assert torch.equal(got, want)
    elif save == "output" and name not in ("hardswish", "softsign", "softplus", "logsigmoid", "tanhshrink", "silu", "mish", "gelu", "quick_gelu", "relu_squared", "hardsigmoid",
                                           "threshold", "softshrink", "hardshrink", "hardtanh", "relu6"):
        assert kept.data_ptr() == y.data_ptr()
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-6)
    elif save in ("input", "mask") or name in ("softsign", "gelu", "hardswish"):
        assert kept.data_ptr() == x.data_ptr()
        assert torch.equal(got, want)
    torch.testing.assert_close(got, want, rtol=1e-3, atol=1e-5)


def test_nothing_is_saved_without_gradients():
    x = sample()
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (kept.append(t), t)[1], lambda t: t):
        assert R.relu(x).grad_fn is None
        with torch.no_grad():
            assert R.relu(x.requires_grad_()).grad_fn is None
    assert kept == []


@pytest.mark.parametrize("save", ["auto", "input", "output"])
@pytest.mark.parametrize("name", INPLACE)
def test_in_place(name, save):
    kwargs = {"threshold": 0.1, "value": 0.3} if name == "threshold" else {}
    for view in (lambda t: t, lambda t: t.transpose(0, 1), lambda t: t[1:, ::2]):
        x = sample(shape=(6, 8)).requires_grad_()
        want = ramp(name, kwargs)(view(x))
        grad = torch.randn_like(want)
        dwant, = torch.autograd.grad(want, x, grad)
        with ramp_torch.save(save):
            copy = x.clone()
            part = view(copy)
            version = copy._version
            y = ramp(name, kwargs)(part, inplace=True)
        assert y is part and copy._version == version + 1 and torch.equal(y, want)
        dx, = torch.autograd.grad(y, x, grad)
        torch.testing.assert_close(dx, dwant, rtol=1e-4, atol=1e-6)


def test_in_place_errors():
    leaf = torch.randn(4, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        R.relu(leaf, inplace=True)
    x = torch.randn(4, requires_grad=True)
    y = R.silu(x * 1)
    z = x * 2
    w = R.silu(z)
    R.relu(z, inplace=True)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        w.sum().backward()
    with pytest.raises((RuntimeError, ValueError), match="overlap"):
        R.relu(torch.randn(1).expand(4), inplace=True)


def test_edges():
    """The library's rules, where PyTorch's own differ or waver."""
    inf, nan = float("inf"), float("nan")
    x = torch.tensor([-3.0, 3.0, nan, -inf, inf, -0.0])
    y = R.hardsigmoid(x.requires_grad_())
    y.backward(torch.tensor([nan, inf, 1.0, 1.0, 1.0, 1.0]))
    assert y[:2].tolist() == [0, 1] and y[2].isnan() and y[3:].tolist() == [0, 1, 0.5]
    assert x.grad[:5].tolist() == [0, 0, 0, 0, 0] and abs(x.grad[5] - 1 / 6) < 1e-7
    for n in (1, 5, 40):  # whatever the length
        x = torch.full((n,), nan, requires_grad=True)
        R.hardtanh(x).backward(torch.full((n,), 2.0))
        assert x.grad.tolist() == [2.0] * n
    assert R.softsign(torch.tensor([-inf, inf])).tolist() == [-1, 1]
    assert R.silu(torch.tensor([-inf, inf])).tolist() == [0, inf]
    assert torch.equal(R.hardsigmoid(torch.tensor([1.0, -2.0]), alpha=0.2, beta=0.5), torch.tensor([0.7, 0.1]))


def test_many_dimensions():
    x = torch.randn([2] * 17).permute(*range(16, -1, -1)).requires_grad_()
    y = R.hardtanh(x)
    assert torch.equal(y, F.hardtanh(x)) and y.stride() == x.stride()
    y.sum().backward()
    assert torch.equal(x.grad, (x.detach().abs() < 1).float())


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, torch.bool], ids=str)
def test_other_dtypes_are_errors(dtype):
    for name in ("relu", "hardtanh", "gelu"):
        with pytest.raises(NotImplementedError, match="float32, float64, float16 and bfloat16"):
            getattr(R, name)(torch.ones(3, dtype=dtype))


def test_bad_arguments_are_errors():
    x = torch.randn(3)
    with pytest.raises(ValueError, match="lo < hi"):
        R.hardtanh(x, 1.0, -1.0)
    with pytest.raises(ValueError, match="lambd"):
        R.softshrink(x, -1.0)
    with pytest.raises(ValueError, match="lo < hi"):
        R.hardtanh(torch.randn(3, device="meta"), 1.0, -1.0)
    with pytest.raises(ValueError, match="alpha"):
        R.hardsigmoid(x, alpha=-1)
    with pytest.raises(ValueError, match="approximate"):
        R.gelu(x, approximate="erf")
    with pytest.raises((TypeError, RuntimeError), match="Tensor"):
        R.relu([1.0])
    with pytest.raises(ValueError, match="one shape"):
        torch.ops.ramp.silu_backward(x, torch.randn(4))
    with pytest.raises(TypeError, match="one dtype"):
        torch.ops.ramp.silu_backward(x, x.double())
    with pytest.raises(ValueError, match="one byte for each 8"):
        torch.ops.ramp.relu_mask_backward(x, torch.zeros(2, dtype=torch.uint8))
    with pytest.raises(TypeError, match="uint8"):
        torch.ops.ramp.relu_mask_backward(x, torch.zeros(1))
    with pytest.raises(ValueError, match="none of"):
        ramp_torch.save("everything")


@pytest.mark.skipif(VERSION < (2, 1), reason="before PyTorch 2.1 the dispatcher refuses them, in its words")
@pytest.mark.parametrize("call, argument, given", [
    (lambda x: R.hardtanh(x, "a", 1), "min_val", "'a', of type str"),
    (lambda x: R.hardtanh(x, -1, None), "max_val", "None, of type NoneType"),
    (lambda x: R.hardtanh(x.clone(), -1, [2], inplace=True), "max_val", r"\[2\], of type list"),
    (lambda x: R.softshrink(x, lambd=None), "lambd", "None"),
    (lambda x: R.leaky_relu(x, 1j), "negative_slope", "1j, of type complex"),
    (lambda x: R.hardtanh(x, torch.tensor([-1.0, -2.0]), 1), "min_val", r"a tensor of shape \[2\]"),
    (lambda x: R.elu(x, torch.ones((), requires_grad=True)), "alpha", "requires a gradient"),
    (lambda x: R.silu(x, beta="a"), "beta", "'a'"),
    (lambda x: R.hardsigmoid(x, alpha="0.2"), "alpha", "'0.2'"),
    (lambda x: R.hardsigmoid(x, beta=torch.ones(2)), "beta", "a tensor"),
    (lambda x: ramp_torch.nn.Threshold("0", 1)(x), "threshold", "'0', of type str"),
])  # fmt: skip
def test_parameters_that_are_no_numbers(call, argument, given):
    """TypeErrors, as PyTorch's, under the argument's name."""
    with pytest.raises(TypeError, match=given) as error:
        call(sample())
    assert f": {argument} is " in str(error.value) and "must be a number" in str(error.value)


def test_numbers_of_other_kinds():
    import numpy
    x = sample()
    want = R.leaky_relu(x, 1.0)
    for one in (1, True, numpy.float32(1), numpy.int64(1), torch.tensor(1.0), torch.ones(1)):
        assert torch.equal(R.leaky_relu(x, one), want)


LAYOUTS_REFUSED = {
    "sparse_coo": lambda: torch.eye(3).to_sparse(), "sparse_csr": lambda: torch.eye(3).to_sparse_csr(), "_mkldnn": lambda: torch.ones(3).to_mkldnn(),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "quantized": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
    "jagged": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", LAYOUTS_REFUSED)
def test_layouts_that_are_refused(layout):
    if layout == "jagged" and not hasattr(torch, "jagged"):
        pytest.skip("torch.jagged came with PyTorch 2.1")
    x = LAYOUTS_REFUSED[layout]()
    for name in ("hardtanh", "gelu"):
        with pytest.raises(NotImplementedError, match=r"the ops take dense tensors \(layout torch.strided, any strides\)"):
            getattr(R, name)(x)
        if x.is_floating_point() and VERSION >= (2, 1):
            with pytest.raises(NotImplementedError, match="the ops take dense tensors"):
                getattr(R, name)(x.requires_grad_())
    with pytest.raises(NotImplementedError, match="the ops take dense tensors"):
        R.relu(LAYOUTS_REFUSED[layout](), inplace=True)


def test_parameters_may_be_whole_numbers():
    x = sample()
    assert torch.equal(R.hardtanh(x, -1, 2), R.hardtanh(x, -1.0, 2.0))
    assert torch.equal(R.threshold(x, 1, 0), F.threshold(x, 1, 0))


def test_as_many_dimensions_as_a_tensor_can_have():
    x = torch.randn([2] + [1] * 62 + [3]).transpose(0, 63).requires_grad_()
    for save in ("mask", "output", "input"):
        with ramp_torch.save(save):
            dx, = torch.autograd.grad(R.hardtanh(x).sum(), x)
        assert torch.equal(dx, (x.detach().abs() < 1).float())


@pytest.mark.parametrize("save", ["auto", "mask", "output", "input"])
@pytest.mark.parametrize("name,kwargs", CASES, ids=IDS)
def test_gradients_have_pytorchs_strides(name, kwargs, save):
    """Where the input's layout and the gradient's differ: PyTorch takes one or the other, by the op."""
    rows, columns = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    expanded, turned = torch.ones(()).expand(2, 3, 4, 5), rows.permute(0, 3, 1, 2).reshape(2, 5, 4, 3)
    for x, grad in ((rows, columns), (columns, rows), (columns, columns), (columns, expanded), (rows.transpose(1, 3), turned)):
        if name in ("logsigmoid", "tanhshrink") and grad.stride() == (0, 0, 0, 0):
            continue  # PyTorch's are row-major there, whatever x is; ramp's is x's, as for all other ops
        strides = []
        for f in (own(name, kwargs), ramp(name, kwargs)):
            leaf = x.clone(memory_format=torch.preserve_format).requires_grad_()
            with ramp_torch.save(save):
                dx, = torch.autograd.grad(f(leaf), leaf, grad)
            strides.append(dx.stride())
        assert strides[0] == strides[1], f"x {x.stride()}, dy {grad.stride()}"
