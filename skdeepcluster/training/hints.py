"""What is known of some rows: their clusters, or which share one and which do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from skdeepcluster.training.hashing import Hasher
from skdeepcluster.training.hint_checks import (
    check_apart,
    checked_labels,
    checked_links,
    components,
    spread,
)

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
        labels = checked_labels(partial_labels, n_rows, n_clusters)
        together = checked_links(must_link, "must_link", n_rows)
        apart = checked_links(cannot_link, "cannot_link", n_rows)
        together = together[together[:, 0] != together[:, 1]]  # others say nothing
        if not ((labels >= 0).any() or len(together) or len(apart)):
            return None
        if n_clusters == 1 and len(apart):
            raise ValueError(
                "cannot_link needs at least two clusters, and n_clusters=1. Raise "
                "n_clusters, or leave cannot_link out."
            )
        linked = components(n_rows, together)
        labels = spread(labels, linked)
        # Rows of one label are one group, whether linked or not.
        known = np.flatnonzero(labels >= 0)
        firsts = known[np.unique(labels[known], return_index=True)[1]]
        of_label = np.zeros(n_rows, int)
        of_label[labels[firsts]] = firsts
        same = np.column_stack([known, of_label[labels[known]]])
        groups = components(n_rows, np.concatenate([together, same]))
        check_apart(apart, groups, labels)
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
        on_cpu = self.to(torch.device("cpu"))  # equal wherever the fit runs
        return Hasher("md5").hash(vars(on_cpu))[:16]

    @property
    def least_clusters(self) -> int:
        """At least so many clusters: those of labels, and two if rows are apart."""
        of_labels = int(self.labels.max()) + 1 if len(self.labels) else 1
        return max(of_labels, 2 if len(self.apart) else 1)

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
        points : ndarray of shape (n_labelled, ncomponents)
            Of the rows whose cluster is known.
        n_clusters : int
        """
        labels = self.labels.cpu().numpy()
        counts = np.bincount(labels, minlength=n_clusters)
        if (counts == 0).any():
            return None
        members = np.eye(n_clusters, dtype=points.dtype)[labels]
        return members.T @ points / counts[:, None].astype(points.dtype)
