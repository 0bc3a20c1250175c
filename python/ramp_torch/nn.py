"""torch.nn's activation modules, by ramp. Each is its namesake's subclass: the same arguments, attributes, state and repr."""
from torch import nn

from . import functional as F

__all__ = ["ReLU", "ReLU6", "LeakyReLU", "Threshold", "Hardtanh", "Hardsigmoid", "Hardswish", "Hardshrink", "Softshrink", "Softsign", "Softplus", "ELU",
           "CELU", "SELU", "Sigmoid", "LogSigmoid", "Tanh", "Tanhshrink", "SiLU", "Mish", "GELU", "QuickGELU", "ReLUSquared"]


class ReLU(nn.ReLU):
    def forward(self, input):
        return F.relu(input, self.inplace)


class ReLU6(nn.ReLU6):
    def forward(self, input):
        return F.relu6(input, self.inplace)


class LeakyReLU(nn.LeakyReLU):
    def forward(self, input):
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class Threshold(nn.Threshold):
    def forward(self, input):
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardtanh(nn.Hardtanh):
    def forward(self, input):
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class Hardsigmoid(nn.Hardsigmoid):
    """alpha, beta: as in ramp_torch.functional.hardsigmoid."""

    alpha = beta = None

    def __init__(self, inplace=False, *, alpha=None, beta=None):
        super().__init__(inplace)
        self.alpha, self.beta = alpha, beta

    def forward(self, input):
        return F.hardsigmoid(input, self.inplace, alpha=self.alpha, beta=self.beta)

    def extra_repr(self):
        return "" if self.alpha is None and self.beta is None else f"alpha={self.alpha}, beta={self.beta}"


class Hardswish(nn.Hardswish):
    def forward(self, input):
        return F.hardswish(input, self.inplace)


class Hardshrink(nn.Hardshrink):
    def forward(self, input):
        return F.hardshrink(input, self.lambd)


class Softshrink(nn.Softshrink):
    def forward(self, input):
        return F.softshrink(input, self.lambd)


class Softsign(nn.Softsign):
    def forward(self, input):
        return F.softsign(input)


class Softplus(nn.Softplus):
    def forward(self, input):
        return F.softplus(input, self.beta, self.threshold)


class ELU(nn.ELU):
    def forward(self, input):
        return F.elu(input, self.alpha, self.inplace)


class CELU(nn.CELU):
    def forward(self, input):
        return F.celu(input, self.alpha, self.inplace)


class SELU(nn.SELU):
    def forward(self, input):
        return F.selu(input, self.inplace)


class Sigmoid(nn.Sigmoid):
    def forward(self, input):
        return F.sigmoid(input)


class LogSigmoid(nn.LogSigmoid):
    def forward(self, input):
        return F.logsigmoid(input)


class Tanh(nn.Tanh):
    def forward(self, input):
        return F.tanh(input)


class Tanhshrink(nn.Tanhshrink):
    def forward(self, input):
        return F.tanhshrink(input)


class SiLU(nn.SiLU):
    """beta: as in ramp_torch.functional.silu."""

    beta = 1.0

    def __init__(self, inplace=False, *, beta=1.0):
        super().__init__(inplace)
        self.beta = beta

    def forward(self, input):
        return F.silu(input, self.inplace, beta=self.beta)

    def extra_repr(self):
        inplace = super().extra_repr()
        return inplace if self.beta == 1.0 else ", ".join(filter(None, [f"beta={self.beta}", inplace]))


class Mish(nn.Mish):
    def forward(self, input):
        return F.mish(input, self.inplace)


class GELU(nn.GELU):
    def forward(self, input):
        return F.gelu(input, self.approximate)


class QuickGELU(nn.Module):
    """x * sigmoid(1.702 * x). Not in PyTorch."""

    def forward(self, input):
        return F.quick_gelu(input)


class ReLUSquared(nn.Module):
    """max(x, 0)^2. Not in PyTorch."""

    def forward(self, input):
        return F.relu_squared(input)
