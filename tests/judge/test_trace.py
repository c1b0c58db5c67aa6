"""A trace survives its way through JSON, and nothing but a trace comes out of it."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.judge import trace as module
from grader.judge.trace import (
    Input,
    MalformedTrace,
    Node,
    Phase,
    Slot,
    Special,
    Trace,
    from_json,
    to_json,
)
from grader.lab.messages import Message

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
given_tensors = st.builds(Input, slots, st.lists(slots, max_size=3).map(tuple), words)
phases = st.builds(
    Phase,
    words,
    st.dictionaries(words, given_tensors, max_size=3).map(lambda d: tuple(d.items())),
    st.lists(nodes, max_size=4).map(tuple),
    named,
    st.lists(messages, max_size=2).map(tuple),
    st.none() | messages,
    named,
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
    phase = {"task": "t", "inputs": {}, "nodes": [], "outputs": {}, "named": {}, "problems": [], "error": None, **changes}
    return json.dumps({"version": 2, "phases": [phase]})


def _input(**changes):
    return {"slot": 0, "shape": [2], "dtype": "float32", **changes}


def _node(*, operation="aten.add.Tensor", args=(), kwargs=None, outputs=(0,), line=1, code="x"):
    return [operation, list(args), kwargs or {}, list(outputs), line, code]


DEEP = [1]
for _ in range(8):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "3", '"text"', "{}", '{"version": 2}', '{"version": 1, "phases": []}',
        '{"version": 2, "phases": {}}', '{"version": 2, "phases": [3]}', "[" * 100_000, "9" * 5_000,
        '{"version": 2, "phases": [{}]}',
        _text(task=3), _text(task="x" * 2_000), _text(inputs=[]), _text(inputs={"X": 0}), _text(inputs={"X": {}}),
        _text(inputs={"X": _input(slot=-1)}), _text(inputs={"X": _input(slot=True)}), _text(inputs={"X": _input(slot=2**40)}),
        _text(inputs={"X": _input(shape=[-1])}), _text(inputs={"X": _input(shape=[2.0])}), _text(inputs={"X": _input(shape=3)}),
        _text(inputs={"X": _input(shape=[1] * 65)}), _text(inputs={"X": _input(dtype=None)}), _text(inputs={"X": _input(more=1)}),
        _text(outputs={"Y": None}), _text(outputs={"Y": 1.0}), _text(outputs={"Y": -1}),
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
        assert isinstance(from_json(json.dumps({"version": 2, "phases": plain})), Trace)


PAGE = (Path(__file__).parents[2] / "docs" / "trace.md").read_text(encoding="utf-8")


def test_the_pages_replayer_runs_the_pages_example():
    cell, replayer = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    example = re.search(r"```json\n(.*?)```", PAGE, re.S)[1]
    names = {"X": torch.randn(3, 4), "W": torch.randn(2, 4), "b": torch.randn(2)}
    given = {name: tensor.clone() for name, tensor in names.items()}
    exec(cell, names)
    page: dict[str, Any] = {}
    exec(replayer, page)
    assert json.loads(to_json(from_json(example))) == json.loads(example)
    got = page["replay"](json.loads(example), {"demo.forward": given})
    assert torch.equal(got["demo.forward"]["Y"], names["Y"])


def test_the_page_names_the_version_and_the_limits():
    for limit in (f"version {module.FORMAT_VERSION}", f"{module.MAX_PHASES} phases", f"{module.MAX_NODES:,} nodes".replace(",", " "),
                  f"{module.MAX_DEPTH} lists", f"{module.MAX_DIMENSIONS} dimensions", f"{module.MAX_JSON_BYTES >> 20} MiB"):  # fmt: skip
        assert limit in PAGE


@pytest.mark.parametrize(
    ("limit", "text"),
    [("MAX_PHASES", json.dumps({"version": 2, "phases": [{}] * 3})), ("MAX_LIST", _text(nodes=[_node(args=[[1, 2, 3]])]))],
)
def test_lists_have_an_end(limit, text, monkeypatch):
    monkeypatch.setattr(module, limit, 2)
    with pytest.raises(MalformedTrace, match="more than 2"):
        from_json(text)
