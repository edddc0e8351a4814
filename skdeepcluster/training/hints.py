"""What is known of some rows: their clusters, or which share one and which do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from skdeepcluster.training.hashing import Hasher

#: Pairs of each kind that labels are compared with.
_COMPARED = 1000


@dataclass(frozen=True)
class Links:
    """Pairs of rows of which it is known whether they share a cluster.

    Parameters
    ----------
    first, second : LongTensor of shape (n_pairs,)
        Positions of rows.
    together : BoolTensor of shape (n_pairs,)
    labels : LongTensor of shape (n_pairs,)
        Cluster of the second row, -1 where it is not known.
    """

    first: Tensor
    second: Tensor
    together: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Hints:
    """Labels of some rows, and links between rows, which follow from labels as well.

    Rows that are known to share a cluster form a group. All hints are on pairs: rows of
    one group belong together, rows of two groups that are apart do not.

    Parameters
    ----------
    rows : LongTensor of shape (n_labelled,)
        Positions of the rows whose cluster is known.
    labels : LongTensor of shape (n_labelled,)
        Their clusters.
    members : LongTensor of shape (n_members,)
        Positions of rows, sorted by group.
    starts : LongTensor of shape (n_groups + 1,)
        Where groups begin and end in ``members``.
    group_labels : LongTensor of shape (n_groups,)
        The cluster of each group, -1 where it is not known.
    apart : LongTensor of shape (n_apart, 2)
        Pairs of groups that are in different clusters.
    """

    rows: Tensor
    labels: Tensor
    members: Tensor
    starts: Tensor
    group_labels: Tensor
    apart: Tensor

    @classmethod
    def of(
        cls,
        n_rows: int,
        n_clusters: int | None,
        *,
        partial_labels: Any = None,
        must_link: Any = None,
        cannot_link: Any = None,
    ) -> Hints | None:
        """The hints that are given; None if nothing is.

        Parameters
        ----------
        n_rows : int
        n_clusters : int or None
            None if it is to be found.
        partial_labels : array-like of int of shape (n_rows,), optional
            -1 where the cluster is not known.
        must_link, cannot_link : array-like of int of shape (n_pairs, 2), optional
            Positions of rows.

        Raises
        ------
        ValueError
            If an array has another shape, values that cannot be, or hints contradict
            each other.
        """
        labels = _checked_labels(partial_labels, n_rows, n_clusters)
        together = _checked_links(must_link, "must_link", n_rows)
        apart = _checked_links(cannot_link, "cannot_link", n_rows)
        together = together[together[:, 0] != together[:, 1]]  # others say nothing
        if not ((labels >= 0).any() or len(together) or len(apart)):
            return None
        if n_clusters == 1 and len(apart):
            raise ValueError(
                "cannot_link needs at least two clusters, and n_clusters=1. Raise "
                "n_clusters, or leave cannot_link out."
            )
        linked = _components(n_rows, together)
        labels = _spread(labels, linked)
        # Rows of one label are one group, whether linked or not.
        known = np.flatnonzero(labels >= 0)
        firsts = known[np.unique(labels[known], return_index=True)[1]]
        of_label = np.zeros(n_rows, int)
        of_label[labels[firsts]] = firsts
        same = np.column_stack([known, of_label[labels[known]]])
        groups = _components(n_rows, np.concatenate([together, same]))
        _check_apart(apart, groups, labels)
        return cls._of_groups(labels, groups, groups[apart], groups[firsts])

    @classmethod
    def _of_groups(
        cls,
        labels: np.ndarray,
        groups: np.ndarray,
        apart: np.ndarray,
        of_labels: np.ndarray,
    ) -> Hints:
        """``apart`` are pairs of groups; those of labels are pairwise so as well."""
        i, j = np.triu_indices(len(of_labels), 1)
        pairs = np.concatenate([apart, np.column_stack([of_labels[i], of_labels[j]])])
        pairs = np.unique(np.sort(pairs, 1), axis=0)
        sizes = np.bincount(groups)
        kept = sizes > 1
        kept[pairs] = kept[of_labels] = True
        number = np.cumsum(kept) - 1
        members = np.flatnonzero(kept[groups])
        members = members[np.argsort(groups[members], kind="stable")]
        rows = np.flatnonzero(labels >= 0)
        starts = np.concatenate([[0], np.cumsum(sizes[kept])])
        arrays = (
            rows,
            labels[rows],
            members,
            starts,
            labels[members[starts[:-1]]],
            number[pairs],
        )
        return cls(*(torch.from_numpy(array.astype(np.int64)) for array in arrays))

    def to(self, device: torch.device) -> Hints:
        """The hints on a device."""
        return Hints(*(tensor.to(device) for tensor in vars(self).values()))

    def digest(self) -> str:
        """What equal hints share."""
        return Hasher("md5").hash(vars(self))[:16]

    @property
    def n_labels(self) -> int:
        """Clusters that there are at least, by the largest label."""
        return int(self.labels.max()) + 1 if len(self.labels) else 0

    def draw(self, n: int, generator: torch.Generator) -> Links:
        """Pairs of rows that are known to be together, and as many that are not.

        Parameters
        ----------
        n : int
            Of each kind, if there is any.
        generator : torch.Generator
        """

        def below(limits: Tensor) -> Tensor:
            shares = torch.rand(n, generator=generator, device=limits.device)
            # In float32, a share just below 1 may be rounded up.
            return (shares * limits).long().minimum(limits - 1)

        sizes = self.starts.diff()
        pairs = []
        # A labelled row may be its own partner: its label says something of it alone.
        least = (self.group_labels < 0).long()
        partnered = (sizes > least).repeat_interleave(sizes).nonzero()[:, 0]
        if len(partnered):
            place = partnered[below(self.starts.new_full((n,), len(partnered)))]
            group = torch.searchsorted(self.starts, place, right=True) - 1
            start, size, step = self.starts[group], sizes[group], least[group]
            step = step + below(size - step)
            pairs.append((place, start + (place - start + step) % size))
        n_together = sum(len(first) for first, _ in pairs)
        if len(self.apart):
            which = below(self.starts.new_full((n,), len(self.apart)))
            a, b = (self.starts[g] + below(sizes[g]) for g in self.apart[which].T)
            pairs.append((a, b))
        first, second = (torch.cat(each) for each in zip(*pairs, strict=True))
        return Links(
            self.members[first],
            self.members[second],
            torch.arange(len(first), device=first.device) < n_together,
            self.group_labels[torch.searchsorted(self.starts, second, right=True) - 1],
        )

    def order_of(self, found: Tensor, n_clusters: int) -> Tensor:
        """Which cluster should get which number, so that labels are numbers.

        Parameters
        ----------
        found : LongTensor of shape (n_labelled,)
            Clusters of the labelled rows, negative for none.
        n_clusters : int

        Returns
        -------
        order : LongTensor of shape (n_clusters,)
            Cluster ``order[i]`` should get the number ``i``: so, as many labels as
            possible are right. Otherwise clusters keep their numbers.
        """
        has_one = found >= 0
        labels, old = (x[has_one].cpu().numpy() for x in (self.labels, found))
        counts = np.eye(n_clusters) / (n_clusters + 1)
        np.add.at(counts, (labels, old), 1)
        _, order = linear_sum_assignment(counts, maximize=True)
        return torch.from_numpy(order).to(self.labels.device)

    def correct(self, labels: Tensor, n_clusters: int) -> Tensor:
        """Labels of all rows by the numbers of the hints, which are right where given.

        Parameters
        ----------
        labels : LongTensor of shape (n_samples,)
            Negative for rows without cluster.
        n_clusters : int
        """
        number = self.order_of(labels[self.rows], n_clusters).argsort()
        labels = number[labels.clamp(min=0)].where(labels >= 0, labels)
        labels[self.rows] = self.labels
        return labels

    def agreement(self, labels: np.ndarray) -> float:
        """Share of what is known of pairs of rows that labels agree with.

        Rows that are together and rows that are apart count alike.

        Parameters
        ----------
        labels : ndarray of int of shape (n_samples,)
        """
        generator = torch.Generator(self.members.device).manual_seed(0)
        links = self.draw(_COMPARED, generator)
        first, second = (each.cpu().numpy() for each in (links.first, links.second))
        equal = labels[first] == labels[second]
        return float((equal == links.together.cpu().numpy()).mean())

    def means(self, points: np.ndarray, n_clusters: int) -> np.ndarray | None:
        """The mean of the rows of each label; None if there is a cluster without.

        Parameters
        ----------
        points : ndarray of shape (n_labelled, n_components)
            Of the rows whose cluster is known.
        n_clusters : int
        """
        labels = self.labels.cpu().numpy()
        counts = np.bincount(labels, minlength=n_clusters)
        if (counts == 0).any():
            return None
        members = np.eye(n_clusters, dtype=points.dtype)[labels]
        return members.T @ points / counts[:, None].astype(points.dtype)


def _checked_labels(labels: Any, n_rows: int, n_clusters: int | None) -> np.ndarray:
    """Labels as integers, -1 where nothing is known."""
    if labels is None:
        return np.full(n_rows, -1)
    labels = _integers(labels, "partial_labels", "Mark rows of unknown cluster by -1.")
    if labels.shape != (n_rows,):
        raise ValueError(
            f"partial_labels has shape {labels.shape}; expected (n_samples,) = "
            f"({n_rows},): the cluster of each row of X, and -1 where it is not known."
        )
    most = (n_rows if n_clusters is None else n_clusters) - 1
    wrong = np.flatnonzero((labels < -1) | (labels > most))
    if len(wrong):
        raise ValueError(
            f"partial_labels of row {wrong[0]} is {labels[wrong[0]]}; expected a "
            f"cluster from 0 to {most}, or -1 where it is not known. LabelEncoder "
            "numbers other labels."
        )
    return labels


def _checked_links(links: Any, name: str, n_rows: int) -> np.ndarray:
    """Pairs of positions; none where nothing is given."""
    links = [] if links is None else links
    links = _integers(links, name, "Links are pairs of positions of rows.")
    if links.size == 0:
        return np.empty((0, 2), int)
    if links.ndim != 2 or links.shape[1] != 2:
        raise ValueError(
            f"{name} has shape {links.shape}; expected (n_pairs, 2): the positions in "
            "X of the two rows of each pair."
        )
    wrong = np.flatnonzero(((links < 0) | (links >= n_rows)).any(1))
    if len(wrong):
        raise ValueError(
            f"{name}[{wrong[0]}] is {links[wrong[0]].tolist()}, but X has rows 0 to "
            f"{n_rows - 1}. Links are positions in the X of this call, not labels of "
            "an index."
        )
    return links


def _integers(values: Any, name: str, advice: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(
            f"{name} should hold integers, got lists of different lengths. {advice}"
        ) from None
    if array.size == 0:
        return np.empty(array.shape, np.int64)
    if array.dtype.kind == "f" and np.isfinite(array).all():
        whole = array.astype(np.int64)
        array = whole if (whole == array).all() else array
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"{name} should hold integers, got values of dtype {array.dtype}. {advice}"
        )
    return array.astype(np.int64)


def _components(n_rows: int, links: np.ndarray) -> np.ndarray:
    """Number of the group of each row that links make, directly or through others."""
    ones = np.ones(len(links), bool)
    matrix = coo_array((ones, (links[:, 0], links[:, 1])), shape=(n_rows, n_rows))
    return connected_components(matrix, directed=False)[1].astype(np.int64)


def _spread(labels: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """Labels of groups of linked rows, from those of single rows."""
    rows = np.flatnonzero(labels >= 0)
    of_group = np.full(linked.max() + 1, -1)
    of_group[linked[rows]] = labels[rows]
    odd = rows[of_group[linked[rows]] != labels[rows]]
    if len(odd):
        same = rows[(linked[rows] == linked[odd[0]])]
        other = same[labels[same] != labels[odd[0]]][0]
        _contradiction(
            odd[0],
            other,
            f"must_link joins them, perhaps through others, and partial_labels are "
            f"{labels[min(odd[0], other)]} and {labels[max(odd[0], other)]}",
        )
    return of_group[linked]


def _check_apart(apart: np.ndarray, groups: np.ndarray, labels: np.ndarray) -> None:
    wrong = apart[groups[apart[:, 0]] == groups[apart[:, 1]]]
    if len(wrong):
        i, j = wrong[0]
        reason = "must_link joins them, perhaps through others"
        if i == j:
            reason = "they are one row"
        elif labels[i] >= 0:
            reason = f"both have the label {labels[i]}, perhaps through must_link"
        _contradiction(i, j, f"cannot_link says that they are apart, and {reason}")


def _contradiction(i: int, j: int, reason: str) -> NoReturn:
    first, second = sorted((int(i), int(j)))
    raise ValueError(
        f"Hints on rows {first} and {second} contradict each other: {reason}. Remove "
        "one of them."
    )
