"""ramp's activation functions for PyTorch: the same bits on every device, and a bit an element kept for backward.

    import ramp_torch
    ramp_torch.convert(model)              # or ramp_torch.functional.relu(x), ramp_torch.nn.ReLU()
"""
from . import _library  # first: it registers the ops
from . import functional, nn
from ._convert import Report, convert
from ._library import __version__
from ._settings import backend, save
from . import _dtensor

_dtensor.register_if_imported()

__all__ = ["functional", "nn", "convert", "Report", "save", "backend", "register_dtensor", "__version__"]


def register_dtensor():
    """Tell DTensor that the ops are point-wise. It is done by itself where torch.distributed.tensor was imported before ramp_torch, and at the first DTensor
    that ramp_torch.functional sees outside torch.compile; call it where neither holds."""
    _dtensor.register()
