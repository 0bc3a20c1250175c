"""ONNX's and Keras 2's hardsigmoid: clamp(alpha * x + beta, 0, 1), with their defaults of 0.2 and 0.5. PyTorch has no op for it.

The two differ at the knees, -2.5 and 2.5: clamp's gradient there is dy * alpha, ramp's is 0, as in F.hardsigmoid. Just above -2.5,
alpha * x + beta in float is up to 25 % off; ramp's value is correctly rounded.
"""

import torch
import torch.nn as nn

import ramp_torch


class Model(nn.Module):
    def __init__(self, alpha: float, beta: float):
        super().__init__()
        self.alpha, self.beta = alpha, beta

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.clamp(self.alpha * x + self.beta, 0, 1)


class ModelNew(nn.Module):
    def __init__(self, alpha: float, beta: float):
        super().__init__()
        self.alpha, self.beta = alpha, beta

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return ramp_torch.functional.hardsigmoid(x, alpha=self.alpha, beta=self.beta)


batch_size = 4096
dim = 393216


def get_inputs():
    return [torch.empty(batch_size, dim).uniform_(-6, 6)]  # both knees, and what is past them


def get_init_inputs():
    return [0.2, 0.5]
