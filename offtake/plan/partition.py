"""Partition: put points into few groups that are alike, always in the same way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_GAIN = 1e-12
"""Groups whose members lie nearer to their mean than this (squared, summed) stay whole."""


def parted(points: Floats, weight: Floats, same: Ints, most: int, least: int) -> Ints:
    """Part points into at most `most` groups of near ones, [W].

    Again and again the group is cut in two that gains most by it: across the direction in
    which it is widest (its first principal axis), where the squared distances to the means
    of the two halves are least. Nothing is drawn, so the same points are always parted
    alike. Points that coincide are never parted, and one told twice weighs as much as once
    told at twice the weight. See Boley, Principal Direction Divisive Partitioning (1998).

    Args:
        points: [W, F] where they lie.
        weight: [W] what each counts.
        same: [W] number of what each stands for; equal numbers are one member.
        most: most groups.
        least: least different members of a group.
    """
    group = np.zeros(len(points), np.int64)
    cuts = {0: _cut(points, weight, same, np.arange(len(points)), least)}
    while len(cuts) < most:
        widest = max(cuts, key=lambda held: (cuts[held][0], -held))
        gain, away = cuts[widest]
        if gain <= LEAST_GAIN:
            break
        fresh = len(cuts)
        group[away] = fresh
        for part in (widest, fresh):
            cuts[part] = _cut(points, weight, same, np.flatnonzero(group == part), least)
    return group


def _cut(
    points: Floats, weight: Floats, same: Ints, inside: Ints, least: int
) -> tuple[float, Ints]:
    """Give the best cut of some points: what it gains, and who goes away; 0 if there is none.

    gain = ‖Σ left‖²/m_left + ‖Σ right‖²/m_right − ‖Σ all‖²/m     (weighted sums, masses)
    """
    nobody = (0.0, inside[:0])
    if not points.size or len(inside) < 2:
        return nobody
    mass, here = weight[inside], points[inside]
    centred = here - mass @ here / mass.sum()
    along = centred @ _axis(centred, mass)
    order = np.argsort(along, kind="stable")
    sums = np.cumsum((mass[:, None] * centred)[order], axis=0)
    masses = np.cumsum(mass[order])
    left = (sums[:-1] ** 2).sum(axis=1) / masses[:-1]
    right = (sums[:-1] ** 2).sum(axis=1) / np.maximum(masses[-1] - masses[:-1], 1e-300)
    apart = np.diff(along[order]) > 1e-9 * (1 + abs(along).max())
    members = same[inside][order]
    enough = (_different(members)[:-1] >= least) & (_different(members[::-1])[::-1][1:] >= least)
    gain = np.where(apart & enough, left + right, 0.0)
    place = int(np.argmax(gain))
    return (float(gain[place]), inside[order[place + 1 :]]) if gain[place] > 0 else nobody


def _axis(centred: Floats, mass: Floats) -> Floats:
    """Give the direction in which weighted points are widest, its largest part positive."""
    _, _, axes = np.linalg.svd(centred * np.sqrt(mass)[:, None], full_matrices=False)
    axis: Floats = axes[0] * np.sign(axes[0][np.argmax(abs(axes[0]))])
    return axis


def _different(members: Ints) -> Ints:
    """Count the different numbers up to each place."""
    _, first = np.unique(members, return_index=True)
    new = np.zeros(len(members), np.int64)
    new[first] = 1
    return np.cumsum(new)
