"""Where a task goes that asks for a fraction of an accelerator: three rules of packing.

- **fragmentation**: the node whose stranded accelerator time grows least (FGD, Weng et al.,
  USENIX ATC 2023). Stranded is what the tasks one expects cannot use:

      F(node) = Σ_tasks weight · (all that is left, if the task does not fit;
                                  else what is left on devices too full for it)

- **best fit**: the node that is left with least, processors and accelerators weighed alike.
- **random**: any node it fits.

Amounts are whole thousandths (of a processor, of an accelerator), as Kubernetes counts them.
The inside is arrays: a replay weighs millions of pairs of task and node.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from offtake.policy.compiled import compiled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

WHOLE = 1_000
"""Thousandths of a whole accelerator."""
WIDEST_CPU, WIDEST_GPU = 128_000.0, 8_000.0
"""Largest node, by which best fit weighs processors against accelerators."""
STEPS = 100.0
"""Scores are whole hundredths, as the source's: what is nearly as good is as good."""
CPU, MEMORY, DEVICES, SHARE = 0, 1, 2, 3
"""Columns of tasks: processor, memory, accelerators, and thousandths of each."""


class Rule(IntEnum):
    """How a node is chosen among those a task fits."""

    RANDOM = 0
    BEST_FIT = 1
    FRAGMENTATION = 2


@compiled
def fits(task: Ints, room: Ints, left: Ints, devices: int) -> bool:
    """Tell whether a node has room for a task; `room` is its processor and memory left."""
    if room[CPU] < task[CPU] or room[MEMORY] < task[MEMORY]:
        return False
    wanted = task[DEVICES]
    for at in range(devices):
        if wanted <= 0:
            break
        if left[at] >= task[SHARE]:
            wanted -= 1
    return bool(wanted <= 0)


@compiled
def stranded(cpu: int, left: Ints, devices: int, expected: Ints, weight: Floats) -> float:
    """Give the thousandths of accelerators left on a node that expected tasks cannot use.

    A task without an accelerator uses none: it strands all that is left.
    """
    total = 0
    for at in range(devices):
        total += left[at]
    if total == 0:
        return 0.0
    lost = 0.0
    for row in range(len(expected)):
        share, wanted = expected[row, SHARE], expected[row, DEVICES]
        useless, roomy = 0, 0
        if wanted > 0 and cpu >= expected[row, CPU]:
            for at in range(devices):
                if left[at] >= share:
                    roomy += 1
                else:
                    useless += left[at]
        if wanted <= 0 or roomy < wanted:
            useless = total
        lost += weight[row] * useless
    return lost


@compiled
def take(task: Ints, left: Ints, devices: int, first: int) -> None:
    """Take a task's share of the device `first`, or its whole devices in their order."""
    if task[DEVICES] == 1 and task[SHARE] < WHOLE:
        left[first] -= task[SHARE]
        return
    wanted = task[DEVICES]
    for at in range(devices):
        if wanted > 0 and left[at] == WHOLE:
            left[at] = 0
            wanted -= 1


@compiled
def roomiest(task: Ints, left: Ints, devices: int, draw: float, rule: int) -> int:
    """Give the device for a share: the fullest it fits, or any (random)."""
    found, count = -1, 0
    for at in range(devices):
        if left[at] < task[SHARE]:
            continue
        count += 1
        if found < 0 or left[at] < left[found]:
            found = at
    if rule != 0 or count == 0:
        return found
    nth = int(draw * count)
    for at in range(devices):
        if left[at] >= task[SHARE]:
            if nth == 0:
                return at
            nth -= 1
    return found


@compiled
def least_stranded(
    task: Ints, room: Ints, left: Ints, devices: int, expected: Ints, weight: Floats, after: Ints
) -> tuple[float, int]:
    """Give the score of a node for a task, and the device; `after` is scratch.

    score = ⌊100 · sigmoid(what is no longer stranded, in accelerators)⌋
    """
    before = stranded(room[CPU], left, devices, expected, weight)
    cpu = room[CPU] - task[CPU]
    shared = task[DEVICES] == 1 and task[SHARE] < WHOLE
    best, device = -1.0, 0
    for first in range(devices if shared else 1):
        if shared and left[first] < task[SHARE]:
            continue
        for at in range(devices):
            after[at] = left[at]
        take(task, after, devices, first)
        gain = before - stranded(cpu, after, devices, expected, weight)
        score = np.floor(STEPS / (1.0 + np.exp(-gain / WHOLE)))
        if score > best:
            best, device = score, first
    return best, device


@compiled
def fullest(task: Ints, room: Ints, left: Ints, devices: int) -> float:
    """Give the score of a node by best fit: 100 where nothing is left."""
    total = 0
    for at in range(devices):
        total += left[at]
    cpu = (room[CPU] - task[CPU]) / WIDEST_CPU
    gpu = (total - task[DEVICES] * task[SHARE]) / WIDEST_GPU
    return float(np.floor((1.0 - 0.5 * cpu - 0.5 * gpu) * STEPS))


@compiled
def score_of(
    rule: int,
    task: Ints,
    room: Ints,
    left: Ints,
    devices: int,
    expected: Ints,
    weight: Floats,
    after: Ints,
) -> float:
    """Give the score of a node for a task, more is better; -2 has no room."""
    if not fits(task, room, left, devices):
        return -2.0
    if rule == 0:
        return 0.0
    if rule == 1:
        return fullest(task, room, left, devices)
    return least_stranded(task, room, left, devices, expected, weight, after)[0]


@compiled
def best_of(scores: Floats, rule: int, draw: float) -> int:
    """Give the node with the highest score, or -1; of equals the first, or any if random."""
    best, equals = -1.0, 0
    for node in range(len(scores)):
        if scores[node] > best:
            best, equals = scores[node], 0
        if scores[node] == best:
            equals += 1
    if best < 0.0:
        return -1
    nth = int(draw * equals) if rule == 0 else 0
    for node in range(len(scores)):
        if scores[node] == best:
            if nth == 0:
                return node
            nth -= 1
    return -1


@compiled
def pack(
    rule: int,
    tasks: Ints,
    shapes: Ints,
    room: Ints,
    left: Ints,
    devices: Ints,
    expected: Ints,
    weight: Floats,
    draws: Floats,
) -> Ints:
    """Place tasks in their order, none leaving; give each one's node, or -1.

    `room` and `left` are changed to what is left; `shapes` numbers the kinds of tasks, and
    `draws` holds two uniform numbers a task: the node among equals, the device if random.
    """
    placed = np.full(len(tasks), -1, np.int64)
    # Scores by kind of task and node; NaN is not known: the node has changed.
    known = np.full((shapes.max() + 1, len(devices)), np.nan)
    after = np.empty(left.shape[1], np.int64)
    for at in range(len(tasks)):
        task = tasks[at]
        scores = known[shapes[at]]
        for some in range(len(devices)):
            if np.isnan(scores[some]):
                scores[some] = score_of(
                    rule, task, room[some], left[some], devices[some], expected, weight, after
                )
        node = best_of(scores, rule, draws[at, 0])
        if node < 0:
            continue
        if rule == 2 and task[DEVICES] > 0:
            first = least_stranded(
                task, room[node], left[node], devices[node], expected, weight, after
            )[1]
        else:
            first = roomiest(task, left[node], devices[node], draws[at, 1], rule)
        take(task, left[node], devices[node], first)
        room[node, CPU] -= task[CPU]
        room[node, MEMORY] -= task[MEMORY]
        known[:, node] = np.nan
        placed[at] = node
    return placed
