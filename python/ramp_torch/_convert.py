"""ramp_torch.convert: a model's activation modules, made ramp's."""
from dataclasses import dataclass, field

import torch

from . import nn as ramp_nn

_swaps = {getattr(torch.nn, name): getattr(ramp_nn, name) for name in ramp_nn.__all__ if hasattr(torch.nn, name)}
_lacking = {getattr(torch.nn, name) for name in ("PReLU", "RReLU", "GLU", "Softmax", "Softmax2d", "LogSoftmax", "Softmin") if hasattr(torch.nn, name)}


@dataclass
class Report:
    """swapped: (name, module's type) of each module that is ramp's now. kept: (name, type, reason) of each activation that is not."""

    swapped: list = field(default_factory=list)
    kept: list = field(default_factory=list)

    def __str__(self):
        counts = {}
        for _, kind in self.swapped:
            counts[kind] = counts.get(kind, 0) + 1
        text = ", ".join(f"{n} {kind}" for kind, n in counts.items()) or "the model has none of torch.nn's activation modules that ramp has"
        text = f"swapped {len(self.swapped)}: {text}"
        return "\n".join([text] + [f"kept {name or '(the model)'}: {kind}: {reason}" for name, kind, reason in self.kept])


def convert(model):
    """Make every activation module of `model` ramp's, in place: the modules stay the same objects, with their names, hooks and attributes. Gives a Report of
    what was swapped and what not, and why. What a forward function calls by itself, torch.relu(x) or x.relu(), is not a module and cannot be seen.

    Under torch.compile an activation of PyTorch's own is fused with its neighbours, and one of ramp's is not: what that costs and saves is in README.md.
    """
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"ramp_torch.convert: a torch.nn.Module is wanted, and this is a {type(model).__name__}")
    report = Report()
    for name, module in model.named_modules():
        kind = type(module)
        if kind in _swaps:
            module.__class__ = _swaps[kind]
            report.swapped.append((name, kind.__name__))
        elif kind in _swaps.values():
            report.kept.append((name, kind.__name__, "it is ramp's already"))
        elif kind in _lacking:
            report.kept.append((name, kind.__name__, "ramp has no such op"))
        elif isinstance(module, torch.jit.ScriptModule) and getattr(module, "original_name", "") in ramp_nn.__all__:
            report.kept.append((name, module.original_name, "it was compiled by torch.jit.script: convert the model before"))
        elif isinstance(module, tuple(_swaps)):
            base = next(base.__name__ for base in kind.__mro__ if base in _swaps)
            report.kept.append((name, kind.__name__, f"a subclass of {base}, whose forward may differ"))
        for key, value in vars(module).items():
            if _is_activation(value):
                reason = f"torch.nn.functional.{value.__name__}, held as an attribute: assign ramp_torch.functional's"
                report.kept.append((f"{name}.{key}" if name else key, "function", reason))
    return report


def _is_activation(value):
    from . import functional
    name = getattr(value, "__name__", None)
    return callable(value) and name in functional.__all__ and value in (getattr(torch.nn.functional, name, None), getattr(torch, name, None))
