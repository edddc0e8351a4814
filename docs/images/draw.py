"""The pictures of the README, from the examples of the gallery.

    python docs/images/draw.py [quickstart] [customers] [modalities]

runs the examples and writes the pictures beside this file, all of them by default.
"""

import runpy
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

IMAGES = Path(__file__).parent
EXAMPLES = IMAGES.parent / "examples"


def run(example):
    """The names of an example after it has run; nothing is shown."""
    mpl.use("Agg")
    return runpy.run_path(str(EXAMPLES / example))


def quickstart():
    return run("plot_quickstart.py")["figure"]


def customers():
    """Some rows of the raw table, and the profile of its clusters."""
    from skdeepcluster.plotting import ProfileDisplay

    names = run("tables/plot_customers.py")
    figure = plt.figure(figsize=(13, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    columns = ["customer_id", "age", "income", "region", "plan", "joined", "rating"]
    frame = names["customers"]
    holes = np.flatnonzero(frame[columns].isna().any(axis=1))
    shown = frame[columns].iloc[sorted([*holes[:3], 3, 8, 17, 31, 40, 46])]
    cells = [[text(value) for value in row] for row in shown.to_numpy()]
    left.axis("off")
    table = left.table(cells, colLabels=columns, loc="center", cellLoc="right")
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    table.auto_set_column_width(range(len(columns)))
    table.scale(1, 1.7)
    for (row, _), cell in table.get_celld().items():
        cell.set(edgecolor="0.85", facecolor="0.95" if row == 0 else "white")
    left.set_title(f"the file: {frame.shape[0]} rows, {frame.shape[1]} columns")
    ProfileDisplay(names["profile"]).plot(n_columns=10, ax=right)
    right.set_title("its clusters, and what distinguishes them")
    return figure


def text(value):
    """A cell of the raw table; holes stay empty."""
    if value is None or value != value:
        return ""
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d")
    return f"{value:g}" if isinstance(value, float) else str(value)


def modalities():
    return run("views/plot_two_modalities.py")["figure"]


if __name__ == "__main__":
    pictures = [quickstart, customers, modalities]
    asked = sys.argv[1:] or [picture.__name__ for picture in pictures]
    for picture in pictures:
        if picture.__name__ in asked:
            path = IMAGES / f"{picture.__name__}.png"
            picture().savefig(path, dpi=110)
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
