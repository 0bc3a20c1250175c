"""DTensor: the ops are point-wise, so that each process works on its own shard and nothing is gathered."""
import sys

from ._library import ops

_registered = False


def register_if_imported():
    if "torch.distributed.tensor" in sys.modules:
        register()


def _names():
    import torch
    names = {schema.name.split("::")[1] for schema in torch._C._jit_get_all_schemas() if schema.name.startswith("ramp::")}
    return sorted(name for name in names if not name.startswith("_"))


def register():
    """Register every op. Nothing where it was done, or where this torch has no torch.distributed.tensor."""
    global _registered
    if _registered:
        return
    try:
        from torch.distributed.tensor import DTensor, Replicate, Shard
        from torch.distributed.tensor.experimental import register_sharding
    except ImportError:  # before PyTorch 2.5
        return
    _registered = True

    def pointwise(tensors):
        def strategy(*arguments):
            spec = arguments[0]
            extra = [None] * (len(arguments) - tensors)
            acceptable = [([Replicate()], [Replicate()] * tensors + extra)]
            for dim in range(len(spec.shape)):
                acceptable.append(([Shard(dim)], [Shard(dim)] * tensors + extra))
            return acceptable
        return strategy

    for name in _names():
        op = getattr(ops, name).default
        if name.endswith(("_mask", "_mask_")):
            DTensor._op_dispatcher._custom_op_handlers[op] = _forward_with_mask
        elif name.endswith("_mask_backward"):
            DTensor._op_dispatcher._custom_op_handlers[op] = _backward_with_mask
        else:
            register_sharding(op)(pointwise(2 if name.endswith("_backward") else 1))


def _settled(x):
    """A partial sum is summed before a function that is not linear."""
    from torch.distributed.tensor import Replicate
    if any(p.is_partial() for p in x.placements):
        return x.redistribute(placements=[Replicate() if p.is_partial() else p for p in x.placements])
    return x


def _wrap(local, like, requires_grad=False):
    """A DTensor of `like`'s shape and placements, around this process's part."""
    import torch
    from torch.distributed.tensor import DTensor
    from torch.distributed.tensor._dtensor_spec import DTensorSpec, TensorMeta
    meta = TensorMeta(like.shape, like.stride(), local.dtype)
    return DTensor(local, DTensorSpec(like.device_mesh, like.placements, tensor_meta=meta), requires_grad=requires_grad)


def _forward_with_mask(op, args, kwargs):
    """The mask is this process's own, of its own shard: as a DTensor it has the placements of the input, so that backward knows them; backward alone uses it."""
    x, rest = args[0], args[1:]
    in_place = op.__name__.split(".")[0].endswith("_")
    if in_place and any(p.is_partial() for p in x.placements):
        raise RuntimeError("ramp_torch: an in-place op cannot change a DTensor that is a partial sum: redistribute it first")
    x = _settled(x)
    if in_place:
        return _wrap(op(x._local_tensor, *rest, **kwargs), x)
    y, mask = op(x._local_tensor, *rest, **kwargs)
    return _wrap(y, x), _wrap(mask, x)


def _backward_with_mask(op, args, kwargs):
    grad, mask, rest = args[0], args[1], args[2:]
    if tuple(grad.placements) != tuple(mask.placements):
        grad = grad.redistribute(placements=mask.placements)
    return _wrap(op(grad._local_tensor, mask._local_tensor, *rest, **kwargs), grad)
