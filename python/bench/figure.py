"""Draws what ramp_torch_bench.py wrote as JSON: time beside eager PyTorch, bytes kept for backward, a training step's memory."""

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text
import matplotlib.pyplot as plt

COLOURS = {"eager": "#9aa0a6", "compile": "#e8a33d", "ramp": "#1f6feb"}
NAMES = {"eager": "PyTorch eager", "compile": "torch.compile", "ramp": "ramp_torch"}


def draw(result, path):
    """Write the picture of `result`, what the JSON holds, to `path`; sections that were not measured are left out."""
    panels = [panel for section, panel in (("ops", times), ("kept", kept), ("training", training)) if result.get(section)]
    if not panels:
        raise SystemExit("ramp_torch_bench.py: the JSON has none of the sections ops, kept and training: there is nothing to draw")
    count = 1 + max((len({row["op"] for row in result.get(section, [])}) for section in ("ops", "kept")), default=0)
    columns = sum(2 if panel is times else 1 for panel in panels)
    figure, axes = plt.subplots(1, columns, figsize=(4.2 * columns, max(4.0, 0.3 * count + 1.4)), layout="constrained")
    axes = list(axes) if columns > 1 else [axes]
    for panel in panels:
        panel(result, [axes.pop(0) for _ in range(2 if panel is times else 1)])
    if result.get("ops") or result.get("kept"):
        dots_of = [plt.Line2D([], [], marker="o", linestyle="", color=colour, label=NAMES[series]) for series, colour in COLOURS.items()]
        figure.legend(handles=dots_of, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.suptitle(f"{result['device']}, PyTorch {result['torch']}, {result['date']}", fontsize=9)
    figure.savefig(path)
    plt.close(figure)


def chosen(rows, key="dtype"):
    """The dtype that a picture shows: bf16, which trains, where it was measured."""
    found = [row[key] for row in rows]
    return "bf16" if "bf16" in found else found[0]


def dots(axis, names, values):
    """A line of dots for each name: {series: [value or None]}."""
    for row in range(len(names)):
        axis.axhline(row, color="#eeeeee", linewidth=0.8, zorder=0)
    for series, numbers in values.items():
        points = [(number, row) for row, number in enumerate(numbers) if number is not None]
        if points:
            axis.scatter(*zip(*points), s=34, color=COLOURS[series], zorder=3, edgecolors="white", linewidths=0.5)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.invert_yaxis()
    axis.tick_params(axis="x", labelsize=8)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.tick_params(axis="y", length=0)


def times(result, axes):
    dtype = chosen(result["ops"])
    for axis, direction in zip(axes, ("forward", "backward")):
        rows = [row for row in result["ops"] if row["dtype"] == dtype and row["pass"] == direction]
        values = {who: [row["ms"][who] / row["roof_ms"] if who in row["ms"] else None for row in rows] for who in COLOURS}
        dots(axis, [row["op"] for row in rows], values)
        axis.axvline(1, color="#444444", linewidth=0.8, linestyle=":")
        axis.set_xlim(left=0)
        axis.set_title(f"{direction}, {dtype}: time, as multiples of\na {'copy' if direction == 'forward' else 'sum of two tensors'}", fontsize=9)


def kept(result, axes):
    dtype = chosen(result["kept"])
    rows = [row for row in result["kept"] if row["dtype"] == dtype]
    dots(axes[0], [row["op"] for row in rows], {who: [row["bytes"]["output_gone"][who] for row in rows] for who in ("eager", "ramp")})
    axes[0].set_xlim(left=0)
    axes[0].set_title(f"kept for backward, {dtype}:\nbytes an element", fontsize=9)


def training(result, axes):
    shown = ("torch", "torch inplace", "ramp auto", "ramp output", "ramp inplace")
    rows = [row for row in result["training"] if row["variant"] in shown]
    labels = [f"{row['model']}, {row['activation']}: {row['variant']}" for row in rows]
    colours = [COLOURS["ramp" if row["variant"].startswith("ramp") else "eager"] for row in rows]
    axes[0].barh(range(len(rows)), [row["peak_bytes"] / 2**20 for row in rows], color=colours, height=0.7)
    for place, row in enumerate(rows):
        axes[0].text(row["peak_bytes"] / 2**20, place, f" {row['ms']:.1f} ms", va="center", fontsize=7)
    axes[0].set_yticks(range(len(rows)), labels, fontsize=7)
    axes[0].invert_yaxis()
    axes[0].tick_params(axis="x", labelsize=8)
    axes[0].margins(x=0.2)
    for side in ("top", "right"):
        axes[0].spines[side].set_visible(False)
    axes[0].set_title("a training step in bf16: MiB at its\nworst moment, and its time", fontsize=9)
