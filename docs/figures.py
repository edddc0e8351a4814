"""Figures of the documentation, drawn from the result files of the benchmarks."""

import csv
from collections import defaultdict

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from tables import BENCHMARKS, NAMES

PARTS = {
    "rows": "rows",
    "columns": "columns",
    "clusters": "clusters",
    "views": "views",
    "predict": "rows of transform",
}


def read(name):
    with (BENCHMARKS / "results" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def scale():
    """Seconds by size, with a panel for each dimension of size."""
    lines = defaultdict(dict)
    for row in read("scale.csv"):
        of_method = lines[row["part"], row["method"]]
        of_method[int(row["size"])] = float(row["seconds"])
    figure = Figure(figsize=(11, 6.5), layout="constrained")
    *axes, legend = figure.subplots(2, 3).flat
    methods = list(dict.fromkeys(method for _, method in lines))
    for ax, (part, title) in zip(axes, PARTS.items(), strict=True):
        for color, method in zip(mpl.color_sequences["tab10"], methods, strict=False):
            points = sorted(lines[part, method].items())
            if points:
                ax.plot(*zip(*points, strict=True), "o-", color=color, markersize=3)
        along = "linear" if part == "views" else "log"
        ax.set(xscale=along, yscale="log", xlabel=title, ylabel="seconds")
        ax.grid(alpha=0.3)
    legend.axis("off")
    for color, method in zip(mpl.color_sequences["tab10"], methods, strict=False):
        legend.plot([], [], "o-", color=color, markersize=3, label=method)
    legend.legend(loc="center", frameon=False)
    return figure


def curves():
    """Accuracy against seconds, with a panel for each data set on the pages.

    Seconds of a GPU are not to be compared with those of processors, and are left out.
    """
    groups = defaultdict(list)
    for row in read("curves.csv"):
        if row["set"] in NAMES and "NVIDIA" not in row["setup"]:
            groups[row["set"], row["method"], row["seed"]].append(row)
    sets = [name for name in NAMES if any(key[0] == name for key in groups)]
    methods = list(dict.fromkeys(method for _, method, _ in groups))
    colors = dict(zip(methods, mpl.color_sequences["tab10"], strict=False))
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    for ax, name in zip(
        figure.subplots(1, len(sets), sharex=True, squeeze=False)[0], sets, strict=True
    ):
        for (data, method, _), rows in groups.items():
            if data != name:
                continue
            seconds = [max(float(row["seconds"]), 0.01) for row in rows]
            accuracy = [float(row["acc"]) for row in rows]
            style = "-" if len(rows) > 1 else "o"
            ax.plot(seconds, accuracy, style, color=colors[method], lw=1)
        ax.set(xscale="log", xlabel="seconds", title=NAMES[name])
        ax.grid(alpha=0.3)
    figure.axes[0].set_ylabel("accuracy")
    marks = [Line2D([], [], color=colors[method], label=method) for method in methods]
    figure.legend(handles=marks, loc="outside lower center", ncols=4, frameon=False)
    return figure


def write(folder):
    """Write all figures to a folder that is not committed."""
    for draw in (scale, curves):
        draw().savefig(folder / f"{draw.__name__}.png", dpi=130)
