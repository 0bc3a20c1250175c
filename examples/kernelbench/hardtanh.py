"""hardtanh: clamp(x, -1, 1). Model is PyTorch's, ModelNew is ramp's.

The two differ in the gradient at NaN alone, on the CPU: PyTorch's is 0 or dy there, with the tensor's length; ramp's is dy, as PyTorch's on CUDA.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

import ramp_torch


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.hardtanh(x, min_val=-1.0, max_val=1.0)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return ramp_torch.functional.hardtanh(x, min_val=-1.0, max_val=1.0)


batch_size = 4096
dim = 393216


def get_inputs():
    return [torch.empty(batch_size, dim).uniform_(-6, 6)]  # both knees, -1 and 1, and what is past them


def get_init_inputs():
    return []
