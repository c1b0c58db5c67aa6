"""What of a notebook's function goes to other processes, and what is said where it can't."""

from __future__ import annotations

import linecache
from typing import Any

import pytest
import torch

from grader.processes.program import NOTEBOOK, CannotTravel, Program, program_of


def notebook(*cells: str) -> dict[str, Any]:
    """The names that a notebook's cells make; their texts are kept as IPython keeps them."""
    names: dict[str, Any] = {"__name__": NOTEBOOK}
    for number, cell in enumerate(cells):
        file = f"/tmp/ipykernel_0/{number}-{hash(cell)}.py"
        linecache.cache[file] = (len(cell), None, cell.splitlines(keepends=True), file)
        exec(compile(cell, file, "exec", dont_inherit=True), names)
    return names


def again(function: Any) -> dict[str, Any]:
    """The names as another process has them."""
    return Program.from_plain(program_of(function).to_plain()).namespace()


def test_a_function_takes_along_what_it_uses_and_nothing_else() -> None:
    cells = (
        "import torch\nimport torch.distributed as dist\nfrom torch import Tensor\nfrom math import sqrt as root",
        "scale, unused, W = 3, open, torch.ones(2)\ndef twice(x: Tensor) -> Tensor:\n    return scale * once(x)",
        "def once(x):\n    W = [x for _ in range(2)]\n    return root(4) * W[0]",
    )
    names = notebook(*cells)

    program = program_of(names["twice"])

    assert [text.name for text in program.texts] == ["once", "twice"]
    assert program.values == {"scale": 3}
    assert sorted(name for name, _, _ in program.imports) == ["Tensor", "root"]
    assert again(names["twice"])["twice"](torch.ones(1)).item() == 6


def test_lines_keep_their_numbers_in_the_cell() -> None:
    names = notebook("# one\n\nx = 1\n\ndef f():\n    return 1 / 0\n")
    text = program_of(names["f"]).texts[0]
    assert (text.line, text.at(6)) == (5, "return 1 / 0")
    with pytest.raises(ZeroDivisionError) as found:
        again(names["f"])["f"]()
    assert found.traceback[-1].lineno + 1 == 6


def test_the_last_definition_is_the_one_that_goes() -> None:
    names = notebook("def f():\n    return 1", "def f():\n    return 2")
    assert again(names["f"])["f"]() == 2


def test_functions_that_call_each_other_and_a_decorated_one_travel() -> None:
    names = notebook(
        "import functools, torch\n"
        "def even(n):\n    return n == 0 or odd(n - 1)\n"
        "def odd(n):\n    return n > 0 and even(n - 1)\n"
        "def told(f):\n    @functools.wraps(f)\n    def g(*a):\n        return 'told', f(*a)\n    return g\n"
        "@told\n@torch.no_grad()\ndef f(n):\n    return even(n)"
    )
    assert again(names["f"])["f"](4) == ("told", True)


def test_an_autograd_function_travels() -> None:
    names = notebook(
        "import torch\nclass Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return 2 * x\n    @staticmethod\n    def backward(ctx, d):\n        return factor * d\n"
        "factor = 5.0\ndef f(x):\n    Twice.apply(x).backward()\n    return x.grad"
    )
    assert again(names["f"])["f"](torch.ones((), requires_grad=True)).item() == 5


def test_what_is_defined_in_a_module_is_imported_there() -> None:
    assert program_of(notebook).imports == (("notebook", __name__, "notebook"),)
    assert again(notebook)["notebook"] is notebook


@pytest.mark.parametrize(
    ("cell", "english", "russian"),
    [
        ("f = 3", "give a function, by its name and without brackets; this is int", "передайте функцию"),
        ("f = lambda x: x", "goes to other processes as text: define it in a cell, at the left edge", "в виде текста"),
        (
            "def make():\n    def f(x):\n        return x\n    return f\nf = make()",
            "define it in a cell",
            "в виде текста",
        ),
        (
            "g = open\nh = iter([])\ndef f():\n    return h",
            "f uses h, and list_iterator can't go to another process",
            "f использует h",
        ),
        ("class C:\n    size = 3\ndef f():\n    return C", "the class C has no function of its own", "класса C"),
    ],
)
def test_what_cannot_travel_is_said(cell: str, english: str, russian: str) -> None:
    names = notebook(cell)
    with pytest.raises(CannotTravel) as refused:
        program_of(names["f"])
    assert english in refused.value.message.render("en")
    assert russian in refused.value.message.render("ru")
