"""Summary of results over data sets: means, ranks and paired tests."""

from collections import defaultdict

import numpy as np
from names import display_name
from scipy.stats import rankdata, wilcoxon


def summary(rows, sets, others, ours, title):
    """One arm and others over data sets, as lines of Markdown.

    Parameters
    ----------
    rows : list of dict
        Fits with their scores; those of several seeds are averaged first.
    sets : list of str
        The data sets that count, in the order in which they are shown.
    others : list of str
        In the order in which they are shown; those without results are left out.
    ours : str
        The arm that is compared with each of the others.
    title : str
        What the others are.
    """
    scores = means(rows)
    measured = {arm for name, arm in scores if name in sets}
    others = [arm for arm in others if arm in measured]
    return [
        *("", f"## Summary: {ours} and {title}", ""),
        *joint_means(scores, sets, [*others, ours]),
        "",
        *differences(scores, sets, others, ours),
    ]


def joint_means(scores, sets, arms):
    """Mean scores and ranks on the data sets that no arm lacks."""
    joint = [s for s in sets if all((s, arm) in scores for arm in arms)]
    if not joint:
        return ["No data set has results of all of them."]
    values = np.array([[scores[s, arm] for arm in arms] for s in joint])
    columns = [*values.mean(0).T, rankdata(-values[..., 1], axis=1).mean(0)]
    lines = [
        f"Means over the {len(joint)} data sets that have results of all of them:",
        f"{'; '.join(map(display_name, joint))}.",
        "Ranks are by NMI; 1 is the best.",
        "",
        "| method | ACC | NMI | rank |",
        "|---|---|---|---|",
    ]
    for arm, acc, nmi, rank in zip(arms, *columns, strict=True):
        lines.append(f"| {arm} | {acc:.3f} | {nmi:.3f} | {rank:.1f} |")
    return lines


def differences(scores, sets, others, ours):
    """A paired test against each other arm, on all data sets that both have."""
    lines = [
        f"NMI of {ours} less that of each other method, on all data sets that both",
        "have (slow methods are not run on large tables); p is that of a two-sided",
        "Wilcoxon signed-rank test over these data sets.",
        "",
        "| method | data sets | without | difference | higher on | p |",
        "|---|---|---|---|---|---|",
    ]
    measured = [s for s in sets if (s, ours) in scores]
    for arm in others:
        both = [s for s in measured if (s, arm) in scores]
        if not both:
            continue
        gains = np.array([scores[s, ours][1] - scores[s, arm][1] for s in both])
        missing = ", ".join(s for s in measured if s not in both)
        p = wilcoxon(gains).pvalue
        lines.append(
            f"| {arm} | {len(both)} | {missing} | {gains.mean():+.3f} "
            f"| {(gains > 0).sum()} | {p:.3f} |"
        )
    return lines


def means(rows):
    """Mean ACC and NMI over seeds, by data set and method."""
    groups = defaultdict(list)
    for row in rows:
        scores = float(row["acc"]), float(row["nmi"])
        groups[row["set"], row["method"]].append(scores)
    return {key: np.mean(values, axis=0) for key, values in groups.items()}
