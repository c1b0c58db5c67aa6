"""A sandboxed kernel knows a lab of a package that is only on the path, and sees of it what it needs and no solution."""

from __future__ import annotations

import compileall
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.lab import registry
from tests.kernel.live import Live, kernel
from tests.toy_lab.installed import install

PACKAGE = "somebody.courses.toy_lab"
ANEW = "import subprocess, sys; print(subprocess.run([sys.executable, '-c', {code!r}], capture_output=True, text=True))"
FIND = "from grader.lab.registry import find_lab; print(*find_lab('toy_lab').task_names)"
SEEN = "sorted(str(p.relative_to(root)) for p in root.rglob('*') if p.is_file() and p.stat().st_size)"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on the path, with the lab two packages deep, compiled as pip compiles it, and what else its owner has."""
    folder = install(tmp_path_factory.mktemp("elsewhere") / "packages", PACKAGE)
    (folder / "secret.py").write_text("answer = 42\n", encoding="utf-8")
    (folder / "somebody" / "courses" / "marks.csv").write_text("anna,5\n", encoding="utf-8")
    compileall.compile_dir(folder, quiet=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        registry.forget()
        yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "somebody"]:
        del sys.modules[name]
    registry.forget()


@pytest.fixture(scope="module")
def inside(packages: Path) -> Iterator[Live]:
    with kernel() as live:
        yield live


def test_it_is_known_inside_also_to_a_python_that_is_started_there(inside: Live) -> None:
    assert "softmax.shard softmax.forward" in inside.run(FIND).text
    assert "stdout='softmax.shard softmax.forward" in inside.run(ANEW.format(code=FIND)).text


def test_the_lab_s_code_is_seen_and_nothing_else_that_lies_there(inside: Live, packages: Path) -> None:
    inside.run(f"import pathlib; root = pathlib.Path({str(packages)!r})")
    home = PACKAGE.replace(".", "/")
    lab = [f"{home}/{name}" for name in ("__init__.py", "lab.py", "locale/ru.po", "mistakes.py", "reference.py")]
    around = ["somebody/__init__.py", "somebody/courses/__init__.py"]
    announced = [f"toy_lab-1.0.dist-info/{name}" for name in ("METADATA", "entry_points.txt")]
    assert inside.call(SEEN) == sorted([*lab, *around, *announced])
