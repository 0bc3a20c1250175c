"""Loads the extension, which registers torch.ops.ramp, and gives each op's fastest callable."""
import pathlib

import torch

try:
    from . import _C
except ImportError as error:
    _files = sorted(pathlib.Path(__file__).parent.glob("_C*.so"))
    if not _files:
        raise ImportError("ramp_torch is not built here: pip install --no-build-isolation ./python, in ramp's repository") from error
    _C = None
    if "PyInit__C" not in str(error):
        raise ImportError(f"ramp_torch._C does not load: {error}\nIt was built against another torch than {torch.__version__}, or libramp has moved: "
                          "pip install --no-build-isolation --force-reinstall --no-deps ./python") from error
    torch.ops.load_library(str(_files[0]))  # built without Python.h: no callables of its own

ops = torch.ops.ramp

__version__ = "{}.{}.{}".format(*ops._version().to_bytes(4, "big")[1:])

# Dynamo takes this as a constant. It came with PyTorch 2.1. Before, and without the extension's callables, every call goes through torch.ops, which
# Dynamo knows.
is_compiling = getattr(getattr(torch, "compiler", None), "is_compiling", None)
direct = _C is not None and is_compiling is not None
if not direct:
    def is_compiling():
        return True


def fallback(name, input, *parameters):
    """What is no plain tensor (torch.fx's proxies too), or a call under a torch function mode."""
    if not isinstance(input, torch.Tensor) and not hasattr(type(input), "__torch_function__"):
        raise TypeError(f"ramp_torch: {name}: the input must be a torch.Tensor, and is a {type(input).__name__}")
    if type(input).__name__ == "DTensor":
        from . import _dtensor
        _dtensor.register()
    return getattr(ops, name).default(input, *parameters)


if _C is not None:
    _C.set_fallback(fallback)
