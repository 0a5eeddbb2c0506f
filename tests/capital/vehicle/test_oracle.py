"""The engine against a published case, and against NREL PySAM's Singleowner."""

import numpy as np
import pytest

from bench._singleowner import SECTION_5, ours, random_project, worst


def test_the_worked_case_to_its_printed_digits() -> None:
    told = ours(SECTION_5)
    assert f"{told.debt:.6f}" == "17366616.386712"
    service = ["5584615.38", "4910769.23", "4304307.69", "3758492.31", "3267258.46"]
    assert [f"{x:.2f}" for x in told.service[:5]] == service
    assert f"{told.irr_stated:.7%}" == "5.9919274%"


def test_pysam_says_the_same_of_the_worked_case() -> None:
    assert worst(SECTION_5)[0] < 1e-12


@pytest.mark.slow
def test_pysam_says_the_same_of_sixty_random_projects() -> None:
    rng = np.random.default_rng(7)
    errors = [worst(random_project(rng)) for _ in range(60)]
    assert max(error for error, _ in errors) < 1e-9
    # The return PySAM states itself ends its search early.
    assert max(error for _, error in errors) < 1e-4
