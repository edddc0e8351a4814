"""Figures of the documentation, drawn from the result files of the benchmarks."""

import csv
from collections import defaultdict

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from tables import BENCHMARKS, display_name

PARTS = {
    "rows": "rows",
    "columns": "columns",
    "clusters": "clusters",
    "views": "views",
    "predict": "rows of transform",
}

#: Data sets of the curves.
CURVES = ["digits", "mnist", "usps"]

#: Questions of the chart, and what to use where the answer is yes.
QUESTIONS = [
    ("Hardly any row is observed\nin more than one source?", "DM2C"),
    ("Do columns come\nfrom several sources?", "NeighborClustering(views=...)"),
    ("Are rows images?", "ContrastiveClustering(image_shape=...)"),
    ("Fewer than about 200 rows,\nor round clusters?", "KMeans"),
]


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
        if row["set"] in CURVES and "NVIDIA" not in row["setup"]:
            groups[row["set"], row["method"], row["seed"]].append(row)
    sets = [name for name in CURVES if any(key[0] == name for key in groups)]
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
        ax.set(xscale="log", xlabel="seconds", title=display_name(name))
        ax.grid(alpha=0.3)
    figure.axes[0].set_ylabel("accuracy")
    marks = [Line2D([], [], color=colors[method], label=method) for method in methods]
    figure.legend(handles=marks, loc="outside lower center", ncols=4, frameon=False)
    return figure


def chart():
    """Which estimator: questions from top to bottom, answers to the right."""
    figure = Figure(figsize=(8.2, 5.6), layout="constrained")
    ax = figure.subplots()
    ax.set(xlim=(0, 9), ylim=(-len(QUESTIONS) - 0.5, 0.5))
    ax.axis("off")
    ask = {"boxstyle": "round,pad=0.6", "facecolor": "#e8eef7", "edgecolor": "#4a6fa5"}
    use = {"boxstyle": "round,pad=0.6", "facecolor": "#e6f4e6", "edgecolor": "#3a7d3a"}
    arrow = {"arrowstyle": "->", "color": "0.3"}
    for i, (question, answer) in enumerate(QUESTIONS):
        ax.annotate("", (4.7, -i), (3.5, -i), arrowprops=arrow)
        ax.annotate("", (2, -i - 0.7), (2, -i - 0.3), arrowprops=arrow)
        ax.text(4.1, -i + 0.08, "yes", ha="center", color="0.3")
        ax.text(2.1, -i - 0.5, "no", va="center", color="0.3")
        ax.text(2, -i, question, ha="center", va="center", bbox=ask)
        ax.text(4.8, -i, answer, va="center", family="monospace", bbox=use)
    last = -len(QUESTIONS)
    ax.text(2, last, "NeighborClustering", ha="center", va="center", bbox=use).set(
        family="monospace"
    )
    return figure


def write(folder):
    """Write all figures to a folder that is not committed."""
    chart().savefig(folder / "chart.svg")
    for draw in (scale, curves):
        draw().savefig(folder / f"{draw.__name__}.png", dpi=130)
