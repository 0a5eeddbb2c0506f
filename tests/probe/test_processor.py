"""The processor moves what it says it moves."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.probe import processor
from offtake.probe.port import UnableError


def test_every_number_of_an_array_is_worked_on_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []

    def kept(megabytes: int, value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        made.append(np.full(100_003, value))
        return made[-1]

    monkeypatch.setattr(processor, "_array", kept)
    device = processor.Processor()
    assert device.triad(1)(2)[0] > 0
    a, _, _ = made
    assert (a == 1.0 + 3.0 * 2.0).all()
    made.clear()
    assert device.copy(1)(1)[0] > 0
    assert (made[1] == 1.0).all()


@pytest.mark.parametrize("precision", ["bf16", "fp16", "fp8"])
def test_a_precision_blas_does_not_have_is_refused(precision: str) -> None:
    with pytest.raises(UnableError, match=precision):
        processor.Processor().matmul(precision, 8, 1)  # type: ignore[arg-type]
