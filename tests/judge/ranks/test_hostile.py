"""Whatever traces come, there is a verdict: no crash, and no marks for one that does not compute the answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from grader.judge.exam import verdict_on
from grader.judge.trace import Node, Phase, Slot, Trace
from grader.judge.verdict import Verdict
from tests.judge.ranks.judging import traces
from tests.judge.ranks.right import RIGHT
from tests.rank_lab.lab import LAB, case_of

SECTION = LAB.section

CASE = case_of(3, 11, 7, 0.05, 3)
VICTIMS = [solution for solution in RIGHT if solution.id in ("column: all-reduce under way meanwhile", "column: dX added by a tree of messages")]
WORDS = (None, -1, 0, 1, 2, 3, 2**62, True, 0.5, "sum", "nan", "", (), (Slot(0),), Slot(3), float("nan"))


def changed(node: Node, chance: random.Random) -> list[Node]:
    """A node made worse: other slots, other words, twice or not at all, under another name."""
    word = chance.choice(WORDS)
    match chance.randrange(8):
        case 0:
            return []
        case 1:
            return [node, node]
        case 2:
            return [replace(node, operation=chance.choice(["collective.wait", "collective.all_gather", "collective.", "collective.send", "collective.reduce"]))]
        case 3:
            return [replace(node, args=(word, *node.args[1:]))]
        case 4:
            return [replace(node, args=(*node.args[:1], word))]
        case 5:
            return [replace(node, kwargs=((chance.choice(["root", "tag", "handle", "reduction"]), word), *node.kwargs[1:]))]
        case 6:
            return [replace(node, args=tuple((Slot(chance.randrange(12)),) for _ in node.args))]
    return [replace(node, args=())]


def judged(honest: list[Trace], task: str, chance: random.Random) -> Verdict:
    forged = []
    for trace in honest:
        (phase,) = trace.phases
        nodes = list(phase.nodes)
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(nodes))
            calls = [i for i, node in enumerate(nodes) if node.operation.startswith("collective.")]
            at = chance.choice(calls) if calls and chance.random() < 0.8 else at
            nodes[at : at + 1] = changed(nodes[at], chance)
        forged.append(Trace((replace(phase, nodes=tuple(nodes)),)))
    return verdict_on(SECTION(task), task, CASE, forged, seed=chance.randrange(1 << 30))


@pytest.mark.parametrize("victim", VICTIMS, ids=lambda solution: solution.id)
def test_forged_calls_end_in_a_verdict(victim):
    honest = traces(victim.task, victim.source, CASE)
    chance = random.Random(5)

    verdicts = [judged(honest, victim.task, chance) for _ in range(150)]

    assert sum(not found.passed for found in verdicts) > 50
    assert all(found.passed or found.render("ru") for found in verdicts)


def test_as_many_traces_as_ranks_are_asked_for():
    honest = traces(VICTIMS[0].task, VICTIMS[0].source, CASE)
    found = verdict_on(SECTION(VICTIMS[0].task), VICTIMS[0].task, CASE, honest[:2], seed=1)
    assert "has not been run" in found.render("en")


def test_a_trace_without_the_task_is_one_that_was_not_run():
    found = verdict_on(SECTION("row.step"), "row.step", CASE, [Trace(())] * 3, seed=1)

    assert found.render("en") == "the cell of row.step has not been run"


def answer_among_the_inputs(phase: Phase) -> Phase:
    """The answer stands among what the rank is given, and is handed back."""
    given = replace(dict(phase.inputs)["X"], slot=900, shape=(3, 7))
    outputs = {**dict(phase.outputs), "Y": 900}
    return replace(phase, inputs=(*phase.inputs, ("Y", given)), outputs=tuple(outputs.items()))


def whole_weight_among_the_inputs(phase: Phase) -> Phase:
    """The rank claims that its shard is all of W."""
    inputs = dict(phase.inputs)
    return replace(phase, inputs=tuple((inputs | {"W": replace(inputs["W"], shape=(7, 11))}).items()))


def alone(phase: Phase) -> Phase:
    """The rank calls nobody."""
    return replace(phase, nodes=tuple(node for node in phase.nodes if not node.operation.startswith("collective.")))


def each(change: Callable[[Phase], Phase]) -> Callable[[list[Trace]], list[Trace]]:
    return lambda honest: [Trace(tuple(map(change, trace.phases))) for trace in honest]


FORGERIES: dict[str, Callable[[list[Trace]], list[Trace]]] = {
    "rank 0's trace for all": lambda honest: [honest[0]] * 3,
    "ranks in another order": lambda honest: honest[::-1],
    "nothing from the last rank": lambda honest: [*honest[:2], Trace(())],
    "a rank without its calls": lambda honest: [*honest[:2], *each(alone)(honest[2:])],
    "no rank calls": each(alone),
    "the answer among the inputs": each(answer_among_the_inputs),
    "another case's traces": lambda honest: traces(VICTIMS[0].task, VICTIMS[0].source, case_of(3, 12, 9, 0.05, 3)),
    "traces of fewer ranks": lambda honest: [*traces(VICTIMS[0].task, VICTIMS[0].source, replace(CASE, world=2)), honest[2]],
    "another task's traces": lambda honest: traces("row.step", next(s.source for s in RIGHT if s.task == "row.step"), CASE),
    "another task's traces under this name": lambda honest: [
        Trace(tuple(replace(phase, task=VICTIMS[0].task) for phase in trace.phases))
        for trace in traces("row.step", next(s.source for s in RIGHT if s.task == "row.step"), CASE)
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_set_of_traces_earns_nothing(name):
    victim = VICTIMS[0]
    honest = traces(victim.task, victim.source, CASE)
    assert verdict_on(SECTION(victim.task), victim.task, CASE, honest, seed=3).passed

    found = verdict_on(SECTION(victim.task), victim.task, CASE, FORGERIES[name](honest), seed=3)

    assert not found.passed and found.render("en") and found.render("ru")


def test_what_a_rank_claims_of_its_inputs_shapes_gives_it_no_more():
    victim = VICTIMS[0]
    honest = traces(victim.task, victim.source, CASE)

    found = verdict_on(SECTION(victim.task), victim.task, CASE, each(whole_weight_among_the_inputs)(honest), seed=3)

    assert found.passed  # each rank has got its own shard all the same, and computes with that
