"""hardsigmoid as MobileNetV3 wrote it, relu6(x + 3) / 6: three kernels in eager PyTorch, one in ramp.

The two differ where x + 3 rounds: just below 3 it becomes 6, and PyTorch's gradient there 0 instead of dy / 6.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

import ramp_torch


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu6(x + 3) / 6


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return ramp_torch.functional.hardsigmoid(x)


batch_size = 4096
dim = 393216


def get_inputs():
    return [torch.empty(batch_size, dim).uniform_(-6, 6)]  # both knees, -3 and 3, and what is past them


def get_init_inputs():
    return []
