"""A broken lab is named with its file and line, and the others go on working."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.__main__ import BAD_INPUT, main
from grader.lab import registry
from tests.toy_lab.installed import write_entry_point

GOOD = "from grader.lab import Lab\nLAB = Lab({name!r}, (), None, None)\n"
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Writes a lab beside a good one, as a folder of the course's labs."""
    import grader.labs

    labs = tmp_path / "labs"
    monkeypatch.setattr(registry, "LABS", labs)
    monkeypatch.setattr(grader.labs, "__path__", [str(labs)])
    before = set(sys.modules)

    def lab(name: str, text: str | None) -> Path:
        folder = labs / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        if text is not None:
            (folder / "lab.py").write_text(text, encoding="utf-8")
        registry.forget()
        return folder / "lab.py"

    lab("good_one", GOOD.format(name="good_one"))
    yield lab
    for name in set(sys.modules) - before:
        if name.startswith(("grader.labs.", "elsewhere")):
            del sys.modules[name]
    registry.forget()


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (None, 1, "there is no such file"),
        ("a = 1\nb = (\n", 2, "was never closed"),
        ("\n\nraise ValueError('no')\n", 3, "ValueError: no"),
        ("other = 1\n", 1, "it makes no LAB"),
        ("LAB = 5\n", 1, "LAB is a int"),
        (GOOD.format(name="another"), 1, "calls itself another"),
    ],
)
def test_a_broken_lab_is_named_and_the_other_goes_on_working(make: Make, text: str | None, line: int, why: str) -> None:
    file = make("bad_one", text)
    assert set(registry.labs()) == {"good_one"}
    (said,) = registry.broken()
    assert (said.name, said.file, said.line) == ("bad_one", str(file), line)
    assert why in said.said().render("en") and str(file) in said.said().render("ru")


def test_two_labs_of_one_name_and_an_entry_point_that_leads_nowhere_are_named(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    (site / "elsewhere").mkdir(parents=True)
    (site / "elsewhere" / "__init__.py").touch()
    (site / "elsewhere" / "lab.py").write_text(GOOD.format(name="good_one"), encoding="utf-8")
    write_entry_point(site, "twin", "good_one", "elsewhere")
    write_entry_point(site, "lost", "lost_one", "elsewhere_gone")
    monkeypatch.syspath_prepend(str(site))
    registry.forget()
    assert set(registry.labs()) == {"good_one"}
    said = {one.name: one.said().render("en") for one in registry.broken()}
    assert set(said) == {"good_one", "lost_one"} and "another lab has this name" in said["good_one"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [("a = 1\nb = (\n", 2, "was never closed"), ("\nraise OSError('no')\n", 2, "OSError: no"), ("import elsewhere_gone\n", 1, "elsewhere_gone")],
)
def test_a_package_around_a_lab_that_fails_is_named_and_the_others_go_on_working(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, why: str
) -> None:
    around = tmp_path / "packages" / "elsewhere_around" / "__init__.py"
    (around.parent / "inner").mkdir(parents=True)
    (around.parent / "inner" / "__init__.py").touch()
    (around.parent / "inner" / "lab.py").write_text(GOOD.format(name="inner_one"), encoding="utf-8")
    around.write_text(text, encoding="utf-8")
    write_entry_point(tmp_path / "packages", "around", "inner_one", "elsewhere_around.inner")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    registry.forget()
    assert set(registry.labs()) == {"good_one"}
    (said,) = registry.broken()
    assert (said.name, said.file, said.line) == ("inner_one", str(around), line) and why in said.said().render("en")


def test_folders_that_a_lab_is_imported_from_are_handed_on_unless_they_are_the_environment_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced, imported = tmp_path / "announced", tmp_path / "imported"
    (imported / "elsewhere_two" / "labs" / "one").mkdir(parents=True)
    for package in ("elsewhere_two", "elsewhere_two/labs", "elsewhere_two/labs/one"):
        (imported / package / "__init__.py").touch()
    write_entry_point(announced, "two", "one", "elsewhere_two.labs.one")
    for folder in (announced, imported):
        monkeypatch.syspath_prepend(str(folder))
    try:
        registry.forget()
        assert registry.import_folders() == (announced, imported)
        assert registry.python_path() == f"{registry.ROOT}:{announced}:{imported}"
        monkeypatch.setattr(registry.site, "getsitepackages", lambda: [str(announced)])
        registry.forget()
        assert registry.import_folders() == ()
    finally:
        monkeypatch.undo()
        registry.forget()


@pytest.mark.parametrize("command", ["build", "grade"])
def test_a_command_on_a_broken_lab_says_one_line_and_ends(
    make: Make, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = make("bad_one", "a = 1\nb = (\n")
    (file.parent / "notebook.py").write_text('# %% [markdown] lang="en"\n# # Bad\n', encoding="utf-8")
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path)
    more = ["--submitted", "s", "--results", "r.jsonl"] if command == "grade" else []
    assert main([command, "bad_one", *more, "--language", "en"]) == BAD_INPUT
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and f"{file}, line 2" in said
