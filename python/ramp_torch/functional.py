"""torch.nn.functional's activations, under its names and with its arguments, by ramp.

Where Dynamo traces, a call is one of torch.ops.ramp; elsewhere it is the extension's own function, which is quicker to reach.
"""
import math

from ._library import _C, check_number, direct, is_compiling, ops

_fast = _C if direct else None

__all__ = ["relu", "relu_", "relu6", "leaky_relu", "leaky_relu_", "threshold", "threshold_", "hardtanh", "hardtanh_", "hardsigmoid", "hardswish", "hardshrink",
           "softshrink", "softsign", "softplus", "elu", "elu_", "celu", "celu_", "selu", "selu_", "sigmoid", "logsigmoid", "tanh", "tanhshrink", "silu", "mish",
           "gelu", "quick_gelu", "relu_squared"]


def relu(input, inplace=False):
    if inplace:
        return ops.relu_.default(input) if is_compiling() else _fast.relu_(input)
    return ops.relu.default(input) if is_compiling() else _fast.relu(input)


def relu6(input, inplace=False):
    if inplace:
        return ops.relu6_.default(input) if is_compiling() else _fast.relu6_(input)
    return ops.relu6.default(input) if is_compiling() else _fast.relu6(input)


def leaky_relu(input, negative_slope=0.01, inplace=False):
    if inplace:
        return ops.leaky_relu_.default(input, negative_slope) if is_compiling() else _fast.leaky_relu_(input, negative_slope)
    return ops.leaky_relu.default(input, negative_slope) if is_compiling() else _fast.leaky_relu(input, negative_slope)


def threshold(input, threshold, value, inplace=False):
    if inplace:
        return ops.threshold_.default(input, threshold, value) if is_compiling() else _fast.threshold_(input, threshold, value)
    return ops.threshold.default(input, threshold, value) if is_compiling() else _fast.threshold(input, threshold, value)


def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    if inplace:
        return ops.hardtanh_.default(input, min_val, max_val) if is_compiling() else _fast.hardtanh_(input, min_val, max_val)
    return ops.hardtanh.default(input, min_val, max_val) if is_compiling() else _fast.hardtanh(input, min_val, max_val)


def hardswish(input, inplace=False):
    if inplace:
        return ops.hardswish_.default(input) if is_compiling() else _fast.hardswish_(input)
    return ops.hardswish.default(input) if is_compiling() else _fast.hardswish(input)


def hardshrink(input, lambd=0.5):
    return ops.hardshrink.default(input, lambd) if is_compiling() else _fast.hardshrink(input, lambd)


def softshrink(input, lambd=0.5):
    return ops.softshrink.default(input, lambd) if is_compiling() else _fast.softshrink(input, lambd)


def softsign(input):
    return ops.softsign.default(input) if is_compiling() else _fast.softsign(input)


def softplus(input, beta=1.0, threshold=20.0):
    return ops.softplus.default(input, beta, threshold) if is_compiling() else _fast.softplus(input, beta, threshold)


def elu(input, alpha=1.0, inplace=False):
    if inplace:
        return ops.elu_.default(input, alpha) if is_compiling() else _fast.elu_(input, alpha)
    return ops.elu.default(input, alpha) if is_compiling() else _fast.elu(input, alpha)


def celu(input, alpha=1.0, inplace=False):
    if inplace:
        return ops.celu_.default(input, alpha) if is_compiling() else _fast.celu_(input, alpha)
    return ops.celu.default(input, alpha) if is_compiling() else _fast.celu(input, alpha)


def selu(input, inplace=False):
    if inplace:
        return ops.selu_.default(input) if is_compiling() else _fast.selu_(input)
    return ops.selu.default(input) if is_compiling() else _fast.selu(input)


def sigmoid(input):
    return ops.sigmoid.default(input) if is_compiling() else _fast.sigmoid(input)


def logsigmoid(input):
    return ops.logsigmoid.default(input) if is_compiling() else _fast.logsigmoid(input)


def tanh(input):
    return ops.tanh.default(input) if is_compiling() else _fast.tanh(input)


def tanhshrink(input):
    return ops.tanhshrink.default(input) if is_compiling() else _fast.tanhshrink(input)


def mish(input, inplace=False):
    if inplace:
        return ops.mish_.default(input) if is_compiling() else _fast.mish_(input)
    return ops.mish.default(input) if is_compiling() else _fast.mish(input)


def quick_gelu(input):
    """x * sigmoid(1.702 * x). Not in PyTorch."""
    return ops.quick_gelu.default(input) if is_compiling() else _fast.quick_gelu(input)


def relu_squared(input):
    """max(x, 0)^2. Not in PyTorch."""
    return ops.relu_squared.default(input) if is_compiling() else _fast.relu_squared(input)


def hardsigmoid(input, inplace=False, *, alpha=None, beta=None):
    """clamp((x + 3) / 6, 0, 1); with alpha or beta, ONNX's and Keras 2's clamp(alpha * x + beta, 0, 1), where the other is 1/6 or 1/2 by default."""
    lo, hi = (-3.0, 3.0) if alpha is None and beta is None else _knees(alpha, beta)
    if inplace:
        return ops.hardsigmoid_.default(input, lo, hi) if is_compiling() else _fast.hardsigmoid_(input, lo, hi)
    return ops.hardsigmoid.default(input, lo, hi) if is_compiling() else _fast.hardsigmoid(input, lo, hi)


def _knees(alpha, beta):
    """Where alpha * x + beta is 0 and 1, as ramp_op_hardsigmoid has it."""
    for name, value in (("alpha", alpha), ("beta", beta)):
        if value is not None and type(value) not in (float, int):
            check_number("hardsigmoid", name, value)
    alpha = 1 / 6 if alpha is None else float(alpha)
    beta = 0.5 if beta is None else float(beta)
    if not (0 < alpha < math.inf and -math.inf < beta < math.inf):
        raise ValueError(f"ramp_torch: hardsigmoid: alpha is {alpha!r} and beta {beta!r}: alpha must be above 0, and both finite")
    return -beta / alpha, (1.0 - beta) / alpha


def silu(input, inplace=False, *, beta=1.0):
    """x * sigmoid(beta * x). PyTorch has no beta."""
    if inplace:
        return ops.silu_.default(input, beta) if is_compiling() else _fast.silu_(input, beta)
    return ops.silu.default(input, beta) if is_compiling() else _fast.silu(input, beta)


def gelu(input, approximate="none"):
    if approximate == "none":
        return ops.gelu.default(input) if is_compiling() else _fast.gelu(input)
    if approximate == "tanh":
        return ops.gelu_tanh.default(input) if is_compiling() else _fast.gelu_tanh(input)
    raise ValueError(f"ramp_torch: gelu: approximate is {approximate!r}: it is \"none\" or \"tanh\"")


def relu_(input):
    return relu(input, inplace=True)


def leaky_relu_(input, negative_slope=0.01):
    return leaky_relu(input, negative_slope, inplace=True)


def threshold_(input, threshold, value):
    return threshold(input, threshold, value, inplace=True)


def hardtanh_(input, min_val=-1.0, max_val=1.0):
    return hardtanh(input, min_val, max_val, inplace=True)


def elu_(input, alpha=1.0):
    return elu(input, alpha, inplace=True)


def celu_(input, alpha=1.0):
    return celu(input, alpha, inplace=True)


def selu_(input):
    return selu(input, inplace=True)
