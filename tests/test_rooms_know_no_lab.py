"""No room outside `grader/labs` names a lab: its variables, sizes, tasks, sections or the lab itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.lab import Lab, Var
from grader.lab.registry import labs
from tests.rank_lab.lab import LAB as RANK_LAB
from tests.toy_lab.lab import LAB as TOY_LAB

ROOMS = Path(__file__).resolve().parents[1] / "grader"
# a lab to begin from is no room: its files are a lab's
OTHERS = ("labs", "new_lab")
WORD = re.compile(r"(?<!\\)\b[^\W\d]\w*(?:[.-][^\W\d]\w*)*")


def files() -> list[Path]:
    found = sorted(ROOMS.rglob("*.py"))
    return [path for path in found if not set(OTHERS) & set(path.relative_to(ROOMS).parts[:-1])]


def own_words(lab: Lab) -> Iterator[str]:
    """What a lab calls its own: variables, quantities, sizes, tasks and sections."""
    for section in lab.sections:
        yield section.name
        for case in section.cases:
            yield from case.sizes
        for task in section.tasks:
            yield from (task.name, task.name.replace(".", "-"), task.name.replace(".", "_"))
            for var in (*section.start, *task.makes, *task.makes_afterwards, *task.takes):
                yield from (var.name, var.of) if isinstance(var, Var) else ()


ALL = (*labs().values(), TOY_LAB, RANK_LAB)
WORDS = {word for lab in ALL for word in own_words(lab)} | {lab.name for lab in ALL}
# in a sentence `row`, `loss` and `reference` are English, `W_gpu1`, `dY` and `column.forward` are not
TELLING = {word for word in WORDS if re.search(r"[\W\d_]|[a-z][A-Z]", word)} | {"W"}
# these are the field's words and torch's, whatever a lab calls so
OF_THE_FIELD = {"fp32", "ranks", "chunk", "all_reduce", "all_gather", "reduce_scatter"}


def named(source: str) -> set[str]:
    """The lab's words that a module uses, but for those in its docstrings and comments."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented)
                  and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                words = {*WORD.findall(text)} | {part for word in WORD.findall(text) for part in re.split("[.-]", word)}
                found |= (words & TELLING) | ({text} & WORDS if len(text) > 1 else set())
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                found |= {name} & TELLING
    return found - OF_THE_FIELD


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(ROOMS).as_posix())
def test_a_room_names_no_lab(path: Path) -> None:
    assert not named(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ('if lab == "linear":\n    pass', "linear"),
        ('said = "keep them as W_gpu1 and W_gpu2 only"', "W_gpu1"),
        ('cases["in_features"]', "in_features"),
        ("def limits(batch_size: int) -> int:\n    return batch_size", "batch_size"),
        ('if task in ("column.forward",):\n    pass', "column.forward"),
        ('if section.name == "row":\n    pass', "row"),
        ('shown = "W: the weights"', "W"),
    ],
)
def test_one_that_does_is_found(source: str, word: str) -> None:
    assert word in named(source)


def test_a_docstring_may_give_an_example() -> None:
    assert not named('"""A shard, such as W_gpu1 of column.forward."""\nx = 1')
