"""The search: which one mistake of the catalogue gives, number by number, what a student's cell made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from grader.judge.compare import within_tolerance
from grader.lab.case import Case, Values
from grader.lab.mistake import Found, Mistake, Situation, Variant, hint_of
from grader.lab.section import Section
from grader.lab.values import Expected, TaskValues

MISTAKES_UNIT = {torch.float64: 2.0**-53, torch.float32: 2.0**-24}


@dataclass(frozen=True)
class Run:
    """What a cell made on a case, from which values; `outputs` is None where the cell itself raised."""

    case: Case
    values: TaskValues
    outputs: Mapping[str, Tensor] | None

    @cached_property
    def right(self) -> Mapping[str, bool]:
        """Which of the variables that the task makes are right, of those that the cell made."""
        expected = {**self.values.expected_afterwards, **self.values.expected}
        return {name: _holds(got, expected[name]) for name, got in (self.outputs or {}).items() if name in expected}


def _holds(got: Tensor, want: Expected) -> bool:
    return got.shape == want.value.shape and within_tolerance(got, want)


Rerun = Callable[[Case], Run | None]


def find(
    section: Section, task: str, failed: Case, rerun: Rerun, failed_run: Run | None = None
) -> Found | None:
    """The one mistake that explains a task's wrong outputs on every confirming case and on the failed one.

    `rerun(case)` records and replays the student's cells; None where that cannot be done. `failed_run` is what
    they made on the failed case, where that is known. None is also the answer where nothing of the catalogue
    matches, or more than one entry does.
    """
    # an odd size has shown the wrong numbers under one way of cutting it; where it is even, either may be meant
    layouts = section.layouts if not section.alternatives(failed) else (failed.layout,)
    for layout in layouts:
        cases = confirming(section, layout)
        runs = [run for case in cases if (run := rerun(case)) is not None]
        if len(runs) < len(cases):
            continue
        matches = matching(section, task, runs)
        again = (failed_run or rerun(failed)) if matches else None
        explain = [
            (mistake, variant)
            for mistake, variant in matches
            if again is not None and _gives(variant, _situations(section, task, [again, *runs])[0], again)
        ]
        if len({mistake.name for mistake, _ in explain}) == 1:
            mistake, variant = explain[0]
            return Found(mistake.name, hint_of(mistake, variant))
        if matches:
            break
    return None


def confirming(section: Section, layout: str) -> tuple[Case, ...]:
    """The cases on which a mistake has to show, with what does not come out even cut in that way."""
    cases = section.confirming or section.cases[:3]
    return tuple(case.laid_out(layout) if section.alternatives(case) else case for case in cases)


def all_confirming(section: Section) -> Iterator[Case]:
    """The same in every way of cutting."""
    for layout in section.layouts:
        yield from confirming(section, layout)


def matching(section: Section, task: str, runs: list[Run]) -> list[tuple[Mistake, Variant]]:
    """The catalogue's entries, each in its forms, that give what the cell made on each of the runs."""
    situations = _situations(section, task, runs)
    first = situations[0]
    later = set(first.right) - set(runs[0].values.expected)
    if not first.wrong or not all(run.outputs is None or _made(run) >= {*run.values.expected, *later} for run in runs):
        return []
    return [
        (mistake, variant)
        for mistake in section.mistakes.get(task, ())
        for variant in _variants(mistake, first)
        if all(
            _gives(variant, situation, run) for situation, run in zip(situations, runs, strict=True)
        )
    ]  # fmt: skip


def _made(run: Run) -> set[str]:
    return set(run.outputs or ())


def _variants(mistake: Mistake, first: Situation) -> Iterable[Variant]:
    try:
        return tuple(mistake.variants(first))
    except (RuntimeError, LookupError, ValueError, ArithmeticError):  # what the cell made has not even the shape for it
        return ()


def _situations(section: Section, task: str, runs: list[Run]) -> list[Situation]:
    # what one more step makes tells something only where this one is right
    wrong = _wrong(runs, "expected") or _wrong(runs, "expected_afterwards")
    return [
        section.situation(
            task,
            run.case,
            section.names,
            {name: tensor.double().cpu() for name, tensor in run.values.inputs.originals.items()},
            {
                name: want.value
                for name, want in {**run.values.expected, **run.values.expected_afterwards}.items()
                if name in run.values.expected or name in (run.outputs or ())
            },
            {name: tensor.detach().double().cpu() for name, tensor in (run.outputs or {}).items()},
            # the ranks of another case may be more or fewer
            wrong & {*run.values.expected, *run.values.expected_afterwards},
        )
        for run in runs
    ]


def _wrong(runs: list[Run], what: str) -> frozenset[str]:
    return frozenset(
        name
        for run in runs
        for name in getattr(run.values, what)
        if name in run.right and not run.right[name]
    )


def _gives(variant: Variant, situation: Situation, run: Run) -> bool:
    try:
        outcome = variant.outcome(situation)
    except (RuntimeError, IndexError, ValueError):
        return run.outputs is None
    except KeyError:  # the mistake reads an output that the cell did not make
        return False
    if run.outputs is None:
        return False
    main_is_right = all(run.right[name] for name in run.values.expected)
    for name in situation.right:
        if name in outcome:
            if not _same(situation, name, outcome[name]):
                return False
        # what one more step makes is looked at where this one is right, or where the mistake names it
        elif (name in run.values.expected or main_is_right) and not run.right[name]:
            return False
    return True


def _same(situation: Situation, name: str, outcome: Tensor) -> bool:
    """Whether an output is a mistake's outcome: exactly on integers, else within the rounding of its challenge."""
    got, right, case = situation.got[name], situation.right[name], situation.case
    if got.shape != outcome.shape:
        return False
    if case.values is Values.NARROW and torch.equal(outcome, outcome.float().double()):
        return torch.equal(got, outcome)
    scale = max((float(tensor.abs().max()) for tensor in (outcome, right) if tensor.numel()), default=0.0)
    sizes = sum(size for size in case.sizes.values() if isinstance(size, int))
    tolerance = 4 * sizes * MISTAKES_UNIT[case.dtype] * scale
    return bool(((got - outcome).abs() <= tolerance).all())
