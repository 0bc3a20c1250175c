"""Modules and convert."""
import copy
import inspect
import pickle

import pytest
import torch

import ramp_torch
from conftest import F

swapped = [name for name in ramp_torch.nn.__all__ if hasattr(torch.nn, name)]


def make(space, name):
    return getattr(space, name)(0.1, 0.3) if name == "Threshold" else getattr(space, name)()


@pytest.mark.parametrize("name", swapped)
def test_modules_are_pytorchs(name):
    ours, own = make(ramp_torch.nn, name), make(torch.nn, name)
    assert isinstance(ours, type(own)) and repr(ours) == repr(own)
    x = torch.randn(4, 9)
    torch.testing.assert_close(ours(x), own(x))
    assert torch.equal(pickle.loads(pickle.dumps(ours))(x), ours(x))
    assert torch.equal(copy.deepcopy(ours)(x), ours(x))


def test_functional_has_pytorchs_arguments():
    for name in ramp_torch.functional.__all__:
        own = getattr(F, name, None)
        if own is None:
            assert name in ("quick_gelu", "relu_squared")
            continue
        try:
            want = inspect.signature(own).parameters
        except ValueError:  # a C function
            continue
        got = inspect.signature(getattr(ramp_torch.functional, name)).parameters
        assert list(got)[:len(want)] == list(want), name
        for key, parameter in want.items():
            assert got[key].default == parameter.default, (name, key)


def test_convert():
    class Own(torch.nn.ReLU):
        pass

    shared = torch.nn.SiLU()
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.LeakyReLU(0.3, inplace=True), shared, torch.nn.Sequential(shared, torch.nn.Hardtanh(-2, 2)), torch.nn.PReLU(), Own(),
                                ramp_torch.nn.GELU(), torch.nn.TransformerEncoderLayer(4, 2, batch_first=True))
    seen = []
    model[1].register_forward_hook(lambda *unused: seen.append(1))
    x = torch.randn(2, 3, 4)
    model.eval()
    want = model(x)
    seen.clear()
    report = ramp_torch.convert(model)
    assert [name for name, _ in report.swapped] == ["1", "2", "3.1"]
    assert {name: kind for name, kind, _ in report.kept} == {"4": "PReLU", "5": "Own", "6": "GELU", "7.activation": "function"}
    assert all(reason for _, _, reason in report.kept)
    assert model[1].negative_slope == 0.3 and model[3][0] is model[2]
    torch.testing.assert_close(model(x), want)
    assert seen == [1]
    text = str(report)
    assert "swapped 3" in text and "PReLU: ramp has no such op" in text
    assert ramp_torch.convert(model).swapped == []
    root = torch.nn.Hardsigmoid()
    assert ramp_torch.convert(root).swapped == [("", "Hardsigmoid")] and type(root) is ramp_torch.nn.Hardsigmoid
    with pytest.raises(TypeError, match="torch.nn.Module"):
        ramp_torch.convert([root])


def test_hardsigmoid_alpha_beta_and_silu_beta():
    x = torch.linspace(-4, 4, 100)
    torch.testing.assert_close(ramp_torch.nn.Hardsigmoid(alpha=0.2, beta=0.5)(x), (0.2 * x + 0.5).clamp(0, 1))
    torch.testing.assert_close(ramp_torch.nn.SiLU(beta=2.0)(x), x * torch.sigmoid(2 * x))
    assert repr(ramp_torch.nn.Hardsigmoid(alpha=0.2, beta=0.5)) == "Hardsigmoid(alpha=0.2, beta=0.5)"
    torch.testing.assert_close(ramp_torch.nn.QuickGELU()(x), x * torch.sigmoid(1.702 * x))
    torch.testing.assert_close(ramp_torch.nn.ReLUSquared()(x), F.relu(x) ** 2)
