"""What the tests share: each op as ramp_torch and PyTorch have it, with parameters, and the reasons why something is skipped."""
import pytest
import torch

import ramp_torch
import ramp_torch.functional as R

F = torch.nn.functional

# name: keyword arguments to try, the first being those of everyday use
PARAMETERS = {
    "relu": [{}], "relu6": [{}], "leaky_relu": [{}, {"negative_slope": 0.2}], "threshold": [{"threshold": 0.1, "value": 0.3}],
    "hardtanh": [{}, {"min_val": -0.5, "max_val": 2.0}], "hardsigmoid": [{}], "hardswish": [{}], "hardshrink": [{}, {"lambd": 0.2}],
    "softshrink": [{}, {"lambd": 0.2}], "softsign": [{}], "softplus": [{}, {"beta": 2.0, "threshold": 1.5}], "elu": [{}, {"alpha": 0.7}],
    "celu": [{}, {"alpha": 0.7}], "selu": [{}], "sigmoid": [{}], "logsigmoid": [{}], "tanh": [{}], "tanhshrink": [{}], "silu": [{}], "mish": [{}],
    "gelu": [{}, {"approximate": "tanh"}],
}
MASKED = ["relu", "relu6", "leaky_relu", "threshold", "hardtanh", "hardsigmoid", "hardshrink", "softshrink"]
INPLACE = ["relu", "relu6", "leaky_relu", "threshold", "hardtanh", "hardsigmoid", "hardswish", "elu", "celu", "selu", "silu", "mish"]
CASES = [(name, kwargs) for name, all_kwargs in PARAMETERS.items() for kwargs in all_kwargs]
IDS = [name + "".join(f"-{value}" for value in kwargs.values()) for name, kwargs in CASES]
ALL = CASES + [("quick_gelu", {}), ("relu_squared", {}), ("silu", {"beta": 1.5}), ("hardsigmoid", {"alpha": 0.2, "beta": 0.5})]
ALL_IDS = IDS + ["quick_gelu", "relu_squared", "silu-beta", "hardsigmoid-alpha-beta"]
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device"))]
VERSION = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])


def since(major, minor, what):
    return pytest.mark.skipif(VERSION < (major, minor), reason=f"{what} came with PyTorch {major}.{minor}, and this is {torch.__version__}")


def ramp(name, kwargs):
    return lambda x, **more: getattr(R, name)(x, **kwargs, **more)


def own(name, kwargs):
    return lambda x, **more: getattr(F, name)(x, **kwargs, **more)


@pytest.fixture(autouse=True)
def _settings():
    torch.manual_seed(0)
    with ramp_torch.save("auto"):
        yield
