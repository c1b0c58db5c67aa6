"""A trace survives its way through JSON, and nothing but a trace comes out of it."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.judge import trace as module
from grader.judge.messages import Message
from grader.judge.trace import (
    MalformedTrace,
    Node,
    Phase,
    Slot,
    Special,
    Trace,
    from_json,
    to_json,
)

words = st.text(st.characters(codec="utf-8"), max_size=12)
slots = st.integers(0, 2**31 - 1)
plain = (
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False) | words
    | st.builds(Slot, slots) | st.builds(Special, st.sampled_from(sorted(module.SPECIAL_KINDS)), words)
)  # fmt: skip
arguments = st.recursive(plain, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)
messages = st.builds(Message, words, st.dictionaries(words, words, max_size=3).map(lambda d: tuple(d.items())))
nodes = st.builds(
    Node,
    words,
    st.lists(arguments, max_size=3).map(tuple),
    st.dictionaries(words, arguments, max_size=2).map(lambda d: tuple(d.items())),
    st.lists(st.none() | slots, max_size=3).map(tuple),
    slots,
    words,
)
named = st.dictionaries(words, slots, max_size=3).map(lambda d: tuple(d.items()))
phases = st.builds(
    Phase,
    words,
    named,
    st.lists(nodes, max_size=4).map(tuple),
    named,
    st.lists(messages, max_size=2).map(tuple),
    st.none() | messages,
)
traces = st.builds(Trace, st.lists(phases, max_size=3).map(tuple))


@settings(deadline=None, max_examples=60)
@given(traces)
def test_a_trace_comes_back_from_json_as_it_went(trace):
    assert from_json(to_json(trace)) == trace


def test_what_is_no_number_comes_back_too():
    trace = Trace((Phase("t", (), (Node("aten.x", (float("nan"), float("-inf")), (), (), 0, ""),), ()),))
    nan, minus_infinity = from_json(to_json(trace)).phases[0].nodes[0].args
    assert nan != nan and minus_infinity == float("-inf")


def test_a_phase_is_found_by_its_task_or_not_at_all():
    trace = Trace((Phase("a", (), (), ()),))
    assert trace.phase("a") is trace.phases[0] and trace.phase("b") is None


def _text(**changes: object) -> str:
    phase = {"task": "t", "inputs": {}, "nodes": [], "outputs": {}, "problems": [], "error": None, **changes}
    return json.dumps({"version": 1, "phases": [phase]})


def _node(*, operation="aten.add.Tensor", args=(), kwargs=None, outputs=(0,), line=1, code="x"):
    return [operation, list(args), kwargs or {}, list(outputs), line, code]


DEEP = [1]
for _ in range(8):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "3", '"text"', "{}", '{"version": 1}', '{"version": 2, "phases": []}',
        '{"version": 1, "phases": {}}', '{"version": 1, "phases": [3]}', "[" * 100_000, "9" * 5_000,
        '{"version": 1, "phases": [{}]}',
        _text(task=3), _text(task="x" * 2_000), _text(inputs=[]), _text(inputs={"X": -1}),
        _text(inputs={"X": True}), _text(inputs={"X": 2**40}), _text(inputs={"X": 1.0}), _text(outputs={"Y": None}),
        _text(nodes={}), _text(nodes=[3]), _text(nodes=[[1, 2]]), _text(nodes=[_node(operation=None)]),
        _text(nodes=[_node(args=[10**30])]), _text(nodes=[_node(args=[-(2**63)])]), _text(nodes=[_node(args=[DEEP])]),
        _text(nodes=[_node(args=[{"slot": "0"}])]), _text(nodes=[_node(args=[{"slot": 0, "more": 1}])]),
        _text(nodes=[_node(args=[{"float": "1"}])]), _text(nodes=[_node(args=[{"layout": 3}])]),
        _text(nodes=[_node(args=[{"object": "os"}])]), _text(nodes=[_node(args=["x" * 2_000])]),
        _text(nodes=[_node(outputs=["0"])]), _text(nodes=[_node(line=-1)]), _text(nodes=[_node(code=["x"])]),
        _text(nodes=[[_node()] * 6]), _text(problems=3), _text(problems=["x"]), _text(problems=[{"template": 3, "facts": {}}]),
        _text(error="x"), _text(error={"template": "x", "facts": {"a": 3}}),
        _text(error={"template": "x", "facts": {str(i): "" for i in range(30)}}),
    ],
    ids=lambda text: text[:60],
)  # fmt: skip
def test_what_is_no_trace_is_malformed_and_nothing_worse(text):
    with pytest.raises(MalformedTrace):
        from_json(text)


def test_a_text_too_long_is_not_even_parsed(monkeypatch):
    monkeypatch.setattr(module, "MAX_JSON_BYTES", 10)
    with pytest.raises(MalformedTrace, match="characters"):
        from_json(" " * 11)


def test_more_operations_than_allowed_are_malformed(monkeypatch):
    monkeypatch.setattr(module, "MAX_NODES", 2)
    with pytest.raises(MalformedTrace, match="more than 2 operations"):
        from_json(_text(nodes=[_node()] * 3))


@settings(deadline=None, max_examples=150)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
                        ["version", "phases", "task", "inputs", "nodes", "outputs", "slot", "template", "facts"]),
                        inner, max_size=4), max_leaves=12))  # fmt: skip
def test_any_json_is_a_trace_or_malformed(plain):
    with contextlib.suppress(MalformedTrace):
        assert isinstance(from_json(json.dumps({"version": 1, "phases": plain})), Trace)
