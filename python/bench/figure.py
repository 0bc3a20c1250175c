"""Draws what ramp_torch_bench.py wrote as JSON: time beside eager PyTorch, bytes kept for backward, a training step's memory."""

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text
import matplotlib.pyplot as plt

COLOURS = {"eager": "#9aa0a6", "compile": "#e8a33d", "ramp": "#1f6feb"}
SIZES = {"eager": 56, "compile": 40, "ramp": 22}  # those that are hidden by others show around them
NAMES = {"eager": "PyTorch eager", "compile": "torch.compile", "ramp": "ramp_torch"}


def draw(result, path):
    """Write the picture of `result`, what the JSON holds, to `path`: two panels beside one another, so that the text can be read at a README's width. Sections
    that were not measured are left out. The background is white, so that it can be read on a dark page too."""
    panels = [place for section, places in (("ops", ((times, "forward"), (times, "backward"))), ("kept", ((kept, None),)), ("training", ((training, None),)))
              if result.get(section) for place in places]
    if not panels:
        raise SystemExit("ramp_torch_bench.py: the JSON has none of the sections ops, kept and training: there is nothing to draw")
    lines = 1 + max((len({row["op"] for row in result.get(section) or []}) for section in ("ops", "kept")), default=0)
    rows, columns = (len(panels) + 1) // 2, min(2, len(panels))
    size = 4.6 * columns, max(3.2, 0.185 * lines + 1.2) * rows
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", facecolor="white", squeeze=False)
    axes = list(axes.flat)
    for panel, what in panels:
        panel(result, axes.pop(0), what)
    for axis in axes:
        axis.remove()
    if result.get("ops") or result.get("kept"):
        dots_of = [plt.Line2D([], [], marker="o", linestyle="", color=colour, label=NAMES[series]) for series, colour in COLOURS.items()]
        figure.legend(handles=dots_of, loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    figure.suptitle(f"{result['device']}, PyTorch {result['torch']}, {result['date']}", fontsize=9)
    figure.savefig(path, facecolor="white")
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
            axis.scatter(*zip(*points), s=SIZES[series], color=COLOURS[series], zorder=3, edgecolors="white", linewidths=0.5, clip_on=False)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.invert_yaxis()
    axis.tick_params(axis="x", labelsize=8)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.tick_params(axis="y", length=0)


def times(result, axis, direction):
    dtype = chosen(result["ops"])
    rows = [row for row in result["ops"] if row["dtype"] == dtype and row["pass"] == direction]
    values = {who: [row["ms"][who] / row["roof_ms"] if who in row["ms"] else None for row in rows] for who in COLOURS}
    dots(axis, [row["op"] for row in rows], values)
    axis.axvline(1, color="#444444", linewidth=0.8, linestyle=":")
    axis.set_xlim(left=0)
    axis.set_title(f"{direction}, {dtype}: time, as multiples of\na {'copy' if direction == 'forward' else 'sum of two tensors'}", fontsize=9)


def kept(result, axis, _):
    dtype = chosen(result["kept"])
    rows = [row for row in result["kept"] if row["dtype"] == dtype]
    dots(axis, [row["op"] for row in rows], {who: [row["bytes"]["output_gone"][who] for row in rows] for who in ("eager", "ramp")})
    axis.set_xlim(left=0)
    axis.set_title(f"kept for backward, {dtype}:\nbytes an element", fontsize=9)


def training(result, axis, _):
    shown = ("torch", "torch inplace", "ramp auto", "ramp output", "ramp inplace")
    rows = [row for row in result["training"] if row["variant"] in shown]
    labels = [f"{row['model']}, {row['activation']}: {row['variant']}" for row in rows]
    colours = [COLOURS["ramp" if row["variant"].startswith("ramp") else "eager"] for row in rows]
    axis.barh(range(len(rows)), [row["peak_bytes"] / 2**20 for row in rows], color=colours, height=0.7)
    for place, row in enumerate(rows):
        axis.text(row["peak_bytes"] / 2**20, place, f" {row['ms']:.1f} ms", va="center", fontsize=7)
    axis.set_yticks(range(len(rows)), labels, fontsize=7)
    axis.invert_yaxis()
    axis.tick_params(axis="x", labelsize=8)
    axis.margins(x=0.2)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    axis.set_title("a training step in bf16: MiB at its\nworst moment, and its time", fontsize=9)
