"""Loads the extension, which registers torch.ops.ramp, and gives each op's fastest callable."""
import inspect
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
    """What is no plain tensor (torch.fx's proxies too), a parameter that is neither a float nor an int, or a call under a torch function mode."""
    if not isinstance(input, torch.Tensor) and not hasattr(type(input), "__torch_function__"):
        raise TypeError(f"ramp_torch: {name}: the input must be a torch.Tensor, and is a {type(input).__name__}")
    if type(input).__name__ == "DTensor":
        from . import _dtensor
        _dtensor.register()
    elif isinstance(input, torch.Tensor) and input.layout is not torch.strided:  # a jagged one never comes to the extension
        raise NotImplementedError(f"ramp_torch: {name}: the input is of layout {input.layout}: the ops take dense tensors (layout torch.strided, any strides)"
                                  + ("; give them .values()" if input.is_nested else "; convert it with .to_dense()"))
    if any(type(value) not in (float, int) for value in parameters):
        from . import functional
        function = name.rstrip("_")
        names = [key for key in inspect.signature(getattr(functional, function)).parameters if key not in ("input", "inplace")]
        for key, value in zip(names, parameters):
            check_number(function, key, value)
    return getattr(ops, name).default(input, *parameters)


def check_number(function, argument, value):
    """A TypeError for what is no number, and for a tensor whose gradient would be lost. Numbers: Python's, NumPy's, torch's symbolic ones, a tensor of one."""
    kind = type(value)
    if isinstance(value, torch.Tensor):
        if value.numel() == 1 and not value.is_complex() and not value.requires_grad:
            return
        given = f"a tensor of shape {list(value.shape)}" + (" that requires a gradient, and would get none" if value.requires_grad else "")
    elif not isinstance(value, (str, bytes, complex)) and any(hasattr(kind, name) for name in ("__float__", "__index__", "__torch_function__")):
        return
    else:
        given = f"{value!r}, of type {kind.__name__}"
    raise TypeError(f"ramp_torch: {function}: {argument} is {given}: it must be a number, a float or an int")


if _C is not None:
    _C.set_fallback(fallback)
