#!/usr/bin/env python3
"""Train a small model with ramp's activations on several processes: data-parallel (DDP) or tensor-parallel (DTensor).

  torchrun --nproc-per-node 2 train.py --mode ddp       each process has the whole network and a part of every batch: a residual convolutional network
  torchrun --nproc-per-node 2 train.py --mode tensor    each process has a part of every layer and the whole batch: a residual MLP

NCCL on CUDA where every process can have a GPU of its own, gloo on the CPU otherwise. The data are made here, from a seed: images of stripes whose angle is
the class (ddp), points labelled by a random network (tensor). They can be learned: the exit code is 1 when the loss has not halved.

tensor: the first layer of a block is split by columns, the second by rows, so the activation between them gets a DTensor with every process's own columns.
ramp's ops are registered as point-wise: they work on what is there. It is checked, not hoped: on the first batch CommDebugMode counts the collectives of
each activation, forward and backward, which must be none, and its output and gradient must be sharded as its input. A gather would be correct, slow, and
silent.

Prints, for each rank, the losses and the peak memory: of tensors on CUDA, of the process on the CPU.
"""

import argparse
import json
import os
import resource
import sys

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F

import ramp_torch


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), ramp_torch.nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))  # fmt: skip
        self.activation = ramp_torch.nn.Hardtanh(0.0, 6.0)

    def forward(self, x):
        return self.activation(x + self.body(x))


class ConvNet(nn.Module):
    def __init__(self, width=16, blocks=2, classes=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), ramp_torch.nn.Hardswish())
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.classes = nn.Linear(width, classes)

    def forward(self, x):
        return self.classes(self.blocks(self.stem(x)).mean((2, 3)))


class MLPBlock(nn.Module):
    def __init__(self, width, activation):
        super().__init__()
        self.norm, self.up, self.activation, self.down = nn.LayerNorm(width), nn.Linear(width, 4 * width), activation, nn.Linear(4 * width, width)

    def forward(self, x):
        return x + self.down(self.activation(self.up(self.norm(x))))


class MLP(nn.Module):
    def __init__(self, features=32, width=64, classes=4):
        super().__init__()
        self.inside = nn.Linear(features, width)
        self.blocks = nn.Sequential(MLPBlock(width, ramp_torch.nn.Hardtanh()), MLPBlock(width, ramp_torch.nn.Softsign()), MLPBlock(width, ramp_torch.nn.GELU()))
        self.classes = nn.Linear(width, classes)

    def forward(self, x):
        return self.classes(self.blocks(self.inside(x)))


def stripes(count, device, size=16, classes=4):
    """Images of noisy stripes; the class is their angle."""
    labels = torch.randint(classes, (count,), device=device)
    angle, phase = labels * (torch.pi / classes), torch.rand(count, device=device) * 2 * torch.pi
    row, column = torch.meshgrid(*(torch.arange(size, device=device),) * 2, indexing="ij")
    wave = torch.cos(angle)[:, None, None] * row + torch.sin(angle)[:, None, None] * column
    images = torch.sin(wave * 1.2 + phase[:, None, None])[:, None]
    return images + 0.3 * torch.randn_like(images), labels


def labelled_points(count, teacher, device):
    points = torch.randn(count, teacher[0].in_features, device=device)
    with torch.no_grad():
        return points, teacher(points).argmax(1)


class Watch:
    """On an activation's first batch, forward and backward: the collectives that it causes, and whether its output and gradient are sharded as its input."""

    def __init__(self, module):
        self.module, self.collectives, self.sharded = module, None, False
        self.plain, module.forward = module.forward, self.first

    def first(self, x):
        from torch.distributed.tensor.debug import CommDebugMode

        self.module.forward = self.plain
        leaf = x.detach().requires_grad_()  # backward is run here and now, so that no other layer's collectives are counted
        with CommDebugMode() as mode:
            y = self.plain(leaf)
            dx = torch.autograd.grad(y, leaf, torch.ones_like(y))[0]
        self.collectives = mode.get_total_counts()
        self.sharded = y.placements == x.placements == dx.placements and all(p.is_shard() for p in x.placements)
        return self.plain(x)


def split(model, device):
    """Shard every block of the MLP over all processes; the activations then get and give DTensors."""
    try:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.tensor import Shard
        from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
    except ImportError:
        sys.exit(f"train.py: --mode tensor needs torch.distributed.tensor, of PyTorch 2.5 and above, and this is {torch.__version__}; --mode ddp runs here")

    mesh = init_device_mesh(device.type, (dist.get_world_size(),))
    plan = {"up": ColwiseParallel(use_local_output=False), "down": RowwiseParallel(input_layouts=Shard(-1))}
    for block in model.blocks:
        parallelize_module(block, mesh, plan)
    return [Watch(block.activation) for block in model.blocks]


def start():
    """(device, backend): the process's own GPU and NCCL, or the CPU and gloo."""
    if "LOCAL_RANK" not in os.environ:
        sys.exit("train.py: start it with torchrun: torchrun --nproc-per-node 2 train.py --mode ddp")
    local, processes = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
    if torch.cuda.is_available() and torch.cuda.device_count() >= processes and dist.is_nccl_available():
        torch.cuda.set_device(local)
        dist.init_process_group("nccl")
        return torch.device("cuda", local), "nccl"
    dist.init_process_group("gloo")
    return torch.device("cpu"), "gloo"


def peak_mib(device):
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def train(options):
    device, backend = start()
    rank = dist.get_rank()
    torch.manual_seed(1)  # the same parameters in every process
    watches = []
    if options.mode == "ddp":
        model = nn.parallel.DistributedDataParallel(ConvNet().to(device), device_ids=[device.index] if device.type == "cuda" else None)
        torch.manual_seed(100 + rank)  # each process has batches of its own
        batches = (stripes(options.batch // dist.get_world_size(), device) for _ in range(options.steps))
    else:
        teacher = nn.Sequential(nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 4)).to(device)
        model = MLP().to(device)
        watches = split(model, device)
        torch.manual_seed(100)  # every process has the same batches
        batches = (labelled_points(options.batch, teacher, device) for _ in range(options.steps))
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.lr, foreach=False)  # some parameters are DTensors, and some are not
    losses = []
    for step, (x, labels) in enumerate(batches):
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if rank == 0 and (step + 1) % max(1, options.steps // 5) == 0:
            print(f"step {step + 1:>4}: loss {losses[-1]:.4f}", flush=True)
    tail = max(1, options.steps // 10)
    row = {
        "rank": rank,
        "mode": options.mode,
        "backend": backend,
        "device": str(device),
        "first_loss": losses[0],
        "last_loss": sum(losses[-tail:]) / tail,
        "peak_mib": peak_mib(device),
    }
    if watches:
        row |= {"activations": len(watches), "collectives": sum(w.collectives for w in watches), "stayed_sharded": all(w.sharded for w in watches)}
    rows = [None] * dist.get_world_size()
    dist.all_gather_object(rows, row)
    dist.destroy_process_group()
    return rank, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--mode", choices=("ddp", "tensor"), default="ddp", help="ddp: a part of the batch each; tensor: a part of the model each (default ddp)"
    )
    parser.add_argument("--steps", type=int, default=100, help="batches to learn from (default 100)")
    parser.add_argument("--batch", type=int, default=128, help="of all processes together (default 128)")
    parser.add_argument("--lr", type=float, default=3e-3, help="AdamW's (default 3e-3)")
    parser.add_argument("--json", metavar="FILE", help="write what each rank printed there")
    options = parser.parse_args()
    rank, rows = train(options)
    if rank:
        return None
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rows, file, indent=1)
    wrong = False
    for row in rows:
        line = f"rank {row['rank']} ({row['device']}, {row['backend']}): loss {row['first_loss']:.4f} -> {row['last_loss']:.4f}, peak {row['peak_mib']:.0f} MiB"
        if "collectives" in row:
            line += f"; {row['activations']} activations: {row['collectives']} collectives, {'all' if row['stayed_sharded'] else 'NOT all'} stayed sharded"
            wrong |= row["collectives"] != 0 or not row["stayed_sharded"] or row["activations"] == 0
        wrong |= not row["last_loss"] < row["first_loss"] / 2
        print(line)
    return "train.py: the loss did not halve, or an activation gathered its input" if wrong else None


def leave(message):
    """sys.exit(message) without Python's own end: gloo's threads outlive destroy_process_group while anything still refers to the group. One that lets go
    of a tensor then asks for the GIL of an interpreter that is ending, which aborts the process: pytorch/pytorch issue 190489."""
    if message:
        print(message, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if message else 0)


if __name__ == "__main__":
    leave(main())
