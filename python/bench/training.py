"""The models whose training ramp_torch_bench.py measures, and one step of it."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class MLP(nn.Module):
    """Linear and activation, `depth` times."""

    def __init__(self, activation, width, depth):
        super().__init__()
        self.layers = nn.Sequential(*(m for _ in range(depth) for m in (nn.Linear(width, width), activation())), nn.Linear(width, width))

    def forward(self, x):
        return self.layers(x)


class Bottleneck(nn.Module):
    """ResNet's: three convolutions, each with its norm, and an activation after each and after the sum."""

    def __init__(self, activation, inside, width, stride):
        super().__init__()
        outside = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(inside, width, 1, bias=False), nn.BatchNorm2d(width), activation(),
            nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(width), activation(),
            nn.Conv2d(width, outside, 1, bias=False), nn.BatchNorm2d(outside))  # fmt: skip
        same = inside == outside and stride == 1
        self.skip = nn.Identity() if same else nn.Sequential(nn.Conv2d(inside, outside, 1, stride=stride, bias=False), nn.BatchNorm2d(outside))
        self.activation = activation()

    def forward(self, x):
        return self.activation(self.body(x) + self.skip(x))


class ResNet(nn.Module):
    """ResNet's shape: a stem, stages of bottlenecks, the mean, ten classes."""

    def __init__(self, activation, width, stages):
        super().__init__()
        blocks, inside = [nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(width), activation(), nn.MaxPool2d(3, 2, 1)], width
        for stage, count in enumerate(stages):
            for block in range(count):
                blocks.append(Bottleneck(activation, inside, width << stage, 2 if stage and not block else 1))
                inside = 4 * (width << stage)
        self.blocks, self.classes = nn.Sequential(*blocks), nn.Linear(inside, 10)

    def forward(self, x):
        return self.classes(self.blocks(x).mean((2, 3)))


class Chain(nn.Module):
    """Point-wise alone, the case that Inductor fuses best: scale, shift, activation, gate, residual."""

    def __init__(self, activation, width):
        super().__init__()
        self.scale, self.shift, self.gate = (nn.Parameter(torch.randn(width)) for _ in range(3))
        self.activation = activation()

    def forward(self, x):
        return self.activation(x * self.scale + self.shift) * self.gate + x


def make(name, activation, cuda):
    """(model, input) in bf16 on the default device, of a size that the machine can take."""
    torch.manual_seed(1)
    if name == "mlp":
        batch, width, depth = (16384, 4096, 8) if cuda else (512, 256, 4)
        return MLP(activation, width, depth).bfloat16(), torch.randn(batch, width).bfloat16()
    if name == "chain":
        batch, width = (16384, 4096) if cuda else (512, 256)
        return Chain(activation, width).bfloat16(), torch.randn(batch, width).bfloat16()
    batch, size, width, stages = (64, 224, 64, (3, 4, 6, 3)) if cuda else (8, 64, 16, (1, 1))
    model = ResNet(activation, width, stages if name == "resnet" else [1] * len(stages)).bfloat16().to(memory_format=torch.channels_last)
    return model, torch.randn(batch, 3, size, size).bfloat16().contiguous(memory_format=torch.channels_last)


class Step:
    """Forward, backward and SGD of one batch; calling it gives the loss."""

    def __init__(self, model, x, forward=None):
        self.forward, self.x = model if forward is None else forward, x
        self.optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)

    def __call__(self):
        y = self.forward(self.x)
        loss = F.mse_loss(y.float(), torch.zeros((), device=y.device).expand_as(y))
        del y
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=False)  # so that every step finds the gradients allocated
        return loss.detach()
