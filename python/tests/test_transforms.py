"""Derivatives of every order, torch.func, torch.compile, checkpoints, autocast, opcheck."""
import copy

import pytest
import torch

import ramp_torch
import ramp_torch.functional as R
from conftest import ALL, ALL_IDS, CASES, DEVICES, IDS, INPLACE, MASKED, F, own, ramp, since

needs_compile = since(2, 1, "torch.compile's tracing of these ops")


def spread(*shape):
    """Float64, apart from every knee by more than gradcheck's step."""
    return (torch.floor(torch.randn(shape, dtype=torch.float64) * 16) / 8 + 0.03).requires_grad_()


@pytest.mark.parametrize("save", ["auto", "input", "output"])
@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_gradcheck(name, kwargs, save):
    with ramp_torch.save(save):
        f, x = ramp(name, kwargs), spread(3, 4)
        assert torch.autograd.gradcheck(f, x, check_forward_ad=True, check_batched_grad=save == "auto", check_batched_forward_grad=save == "auto")
        assert torch.autograd.gradgradcheck(f, x, check_fwd_over_rev=True, check_rev_over_rev=True)


@pytest.mark.parametrize("name,kwargs", CASES, ids=IDS)
def test_second_and_third_order_are_pytorchs(name, kwargs):
    x = spread(7)

    def orders(f):
        found, y = [], f(x).sum()
        for _ in range(1 if name == "hardsigmoid" else 3):  # PyTorch's has no second derivative
            y, = torch.autograd.grad(y, x, create_graph=True)
            found.append(y.detach())
            y = (y * y).sum() if y.requires_grad else None
            if y is None:
                break
        return found
    got, want = orders(ramp(name, kwargs)), orders(own(name, kwargs))
    for g, w in zip(got, want):
        torch.testing.assert_close(g, w, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_func(name, kwargs):
    from torch.func import grad, hessian, jacfwd, jacrev, jvp, vmap
    f = ramp(name, kwargs)
    x = spread(5, 3, 4).detach()
    assert torch.equal(vmap(f)(x), f(x))
    assert torch.equal(vmap(f, in_dims=2, out_dims=1)(x), f(x).movedim(2, 1))
    assert torch.equal(vmap(vmap(f))(x), f(x))
    total = lambda t: f(t).sum()  # noqa: E731
    one = grad(total)(x)
    assert torch.equal(vmap(grad(total))(x), one)
    assert torch.equal(vmap(vmap(grad(total)))(x), one)
    assert torch.equal(vmap(grad(total), in_dims=1, out_dims=1)(x), one)
    y, t = jvp(f, (x,), (torch.full_like(x, 2.0),))
    assert torch.equal(y, f(x))
    torch.testing.assert_close(t, 2 * one)
    torch.testing.assert_close(jacrev(f)(x[0, 0]), torch.diag(one[0, 0]))
    torch.testing.assert_close(jacfwd(f)(x[0, 0]), torch.diag(one[0, 0]))
    # A mask of another order than row-major, made outside vmap and read within.
    torch.testing.assert_close(jacrev(f)(x[0].t()), torch.diag(one[0].t().flatten()).view(4, 3, 4, 3))
    h = hessian(total)(x[0, 0])
    z = x[0, 0].clone().requires_grad_()
    first, = torch.autograd.grad(f(z).sum(), z, create_graph=True)
    second, = torch.autograd.grad(first.sum(), z)
    torch.testing.assert_close(h, torch.diag(second))


def test_func_per_sample_gradients():
    from torch.func import functional_call, grad, vmap
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 5), torch.nn.Hardtanh(), torch.nn.GELU(), torch.nn.Linear(5, 1))
    ours = copy.deepcopy(model)
    ramp_torch.convert(ours)
    x = torch.randn(7, 3)

    def per_sample(m):
        parameters = dict(m.named_parameters())
        return vmap(grad(lambda p, one: functional_call(m, p, (one,)).sum()), in_dims=(None, 0))(parameters, x)
    for (key, a), b in zip(per_sample(ours).items(), per_sample(model).values()):
        torch.testing.assert_close(a, b, msg=key)


def test_vmap_in_place():
    x = torch.randn(4, 6)
    assert torch.equal(torch.func.vmap(lambda t: R.relu(t.clone(), inplace=True))(x), R.relu(x))


@needs_compile
@pytest.mark.parametrize("name,kwargs", ALL, ids=ALL_IDS)
def test_compile(name, kwargs):
    """fullgraph, with a dynamic shape, forward and backward; the bits of eager."""
    torch._dynamo.reset()
    f = ramp(name, kwargs)
    compiled = torch.compile(lambda t: f(t * 2) + 1, fullgraph=True, dynamic=True, backend="aot_eager")
    for shape in ((3, 5), (4, 7)):
        x = torch.randn(shape).requires_grad_()
        z = x.detach().clone().requires_grad_()
        y, want = compiled(x), f(z * 2) + 1
        assert torch.equal(y, want)
        y.sum().backward()
        want.sum().backward()
        assert torch.equal(x.grad, z.grad)
    with torch.no_grad():
        assert torch.equal(compiled(x), want)


@needs_compile
def test_compile_inductor():
    torch._dynamo.reset()
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(inplace=True), torch.nn.Conv2d(4, 4, 3), torch.nn.Hardswish(), torch.nn.Hardtanh(0, 6, inplace=True))
    report = ramp_torch.convert(model)
    assert len(report.swapped) == 3
    model = model.to(memory_format=torch.channels_last)
    reference = copy.deepcopy(model)
    try:
        compiled = torch.compile(model, fullgraph=True)
        x = torch.randn(2, 3, 9, 9).contiguous(memory_format=torch.channels_last)
        y = compiled(x)
    except Exception as error:
        if "compiler" in str(error).lower() or "Python.h" in str(error):
            pytest.skip(f"Inductor has no C++ compiler here: {type(error).__name__}")
        raise
    want = reference(x)
    torch.testing.assert_close(y, want)
    y.sum().backward()
    want.sum().backward()
    for a, b in zip(model.parameters(), reference.parameters()):
        torch.testing.assert_close(a.grad, b.grad)


@needs_compile
@pytest.mark.parametrize("name", INPLACE)
def test_compile_in_place(name):
    torch._dynamo.reset()
    kwargs = {"threshold": 0.1, "value": 0.3} if name == "threshold" else {}
    f = ramp(name, kwargs)
    x = torch.randn(3, 5).requires_grad_()
    compiled = torch.compile(lambda t: f(t + 1, inplace=True) * 3, fullgraph=True, backend="aot_eager")
    y, want = compiled(x), f(x + 1) * 3
    assert torch.equal(y, want)
    a, = torch.autograd.grad(y.sum(), x)
    b, = torch.autograd.grad(want.sum(), x)
    torch.testing.assert_close(a, b)
    given = x.detach().clone()
    compiled = torch.compile(lambda t: f(t, inplace=True), fullgraph=True, backend="aot_eager")
    compiled(given)
    assert torch.equal(given, f(x))


@since(2, 4, "torch.library.opcheck")
@pytest.mark.parametrize("name", sorted(s.name for s in torch._C._jit_get_all_schemas() if s.name.startswith("ramp::") and not s.name.startswith("ramp::_")))
def test_opcheck(name):
    op = getattr(torch.ops.ramp, name.split("::")[1]).default
    base = name.split("::")[1]
    every = (torch.randn(4, 6), torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last), torch.randn(5, 7)[:, ::2])
    for x in every if base.startswith(("relu", "sigmoid")) else every[1:2]:  # the ops are made of the same templates
        grad = not base.endswith("_")
        if base.endswith("_mask_backward"):
            arguments = (torch.randn_like(x).requires_grad_(), torch.zeros((x.numel() + 7) // 8, dtype=torch.uint8))
        elif base.endswith("_backward"):
            arguments = (torch.randn_like(x).requires_grad_(), x.requires_grad_())
        else:
            arguments = (x.requires_grad_(grad),)
        torch.library.opcheck(op, arguments)


def test_checkpoint():
    from torch.utils.checkpoint import checkpoint
    for reentrant in (True, False):
        x = torch.randn(6, 6, requires_grad=True)
        z = x.detach().clone().requires_grad_()
        f = lambda t: R.gelu(R.relu(t) - R.hardtanh(t))  # noqa: E731
        checkpoint(f, x, use_reentrant=reentrant).sum().backward()
        f(z).sum().backward()
        assert torch.equal(x.grad, z.grad)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name,kwargs", CASES, ids=IDS)
def test_autocast(name, kwargs, device):
    """The dtype that PyTorch's own gives."""
    x = torch.randn(4, 4, device=device)
    w = torch.randn(4, 4, device=device)
    with torch.autocast(device, dtype=torch.bfloat16):
        h = x @ w
        assert h.dtype == torch.bfloat16
        assert ramp(name, kwargs)(h).dtype == own(name, kwargs)(h).dtype
        assert ramp(name, kwargs)(x).dtype == own(name, kwargs)(x).dtype


def test_save_on_cpu_and_backward_twice():
    x = torch.randn(8, requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = R.relu(x) + R.gelu(x)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()


def test_masked_gradients_stay_differentiable():
    """A gradient penalty: PyTorch's own gives zeros, not an error."""
    for name in MASKED:
        kwargs = {"threshold": 0.1, "value": 0.3} if name == "threshold" else {}
        x = torch.randn(5, requires_grad=True)
        first, = torch.autograd.grad(ramp(name, kwargs)(x).sum(), x, create_graph=True)
        second, = torch.autograd.grad(first.pow(2).sum(), x)
        assert torch.equal(second, torch.zeros(5))


def test_inference_mode_and_jit_trace():
    x = torch.randn(5)
    with torch.inference_mode():
        assert R.relu(x).is_inference() and R.relu(x.clone(), inplace=True).shape == (5,)
    traced = torch.jit.trace(lambda t: R.hardtanh(t, -0.5, 0.5), x)
    assert "ramp::hardtanh" in str(traced.graph)
    assert torch.equal(traced(x), F.hardtanh(x, -0.5, 0.5))


def test_torch_function_and_dispatch_modes():
    from torch.overrides import TorchFunctionMode
    from torch.utils._python_dispatch import TorchDispatchMode
    seen = []

    class Functions(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    class Dispatch(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(str(function))
            return function(*args, **(kwargs or {}))
    with Functions():
        R.relu(torch.ones(3))
    assert "ramp.relu.default" in seen
    seen.clear()
    with Dispatch():
        R.relu(torch.ones(3))
    assert seen[-1] == "ramp.relu.default"


def test_symbolic_trace():
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Hardtanh(-2, 2), torch.nn.GELU())
    x = torch.randn(3, 4)
    want = model(x)
    ramp_torch.convert(model)
    traced = torch.fx.symbolic_trace(model)
    torch.testing.assert_close(traced(x), want)
    assert "ramp" in traced.code
