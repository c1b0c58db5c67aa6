"""What a kernel has done before its student's first cell."""

from __future__ import annotations

import pytest

from grader.bench.section import record_section
from grader.bench.warm_up import CELL
from grader.lab.registry import labs
from grader.lab.section import RANKS
from tests.judge.conftest import SMALL

# of functions that ranks run nothing is warmed up
SECTIONS = [section for lab in labs().values() for section in lab.sections if section.runner != RANKS]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_the_cell_that_warms_a_kernel_up_is_recorded_to_its_end(section):
    name = section.task_names[0]
    phase = record_section(section, name, {name: CELL}, SMALL, {}).phase(name)
    assert (phase.error, phase.problems) == (None, ())
    assert len({node.operation for node in phase.nodes}) > 50
