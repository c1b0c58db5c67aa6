"""The entries of a lab's corpus, read from `grader/labs/<lab>/corpus/{right,wrong,ways_round}/<name>.py`.

A file has a head of comments and the cells that the entry changes, as a student has them; the other cells are those of
the lab's own solution:

    # loses: column.backward                  the tasks that it must lose; none in right/
    # mistake: not-reduced                    the named bugs that are a right hint; `none`: there must be no hint
    # mistake of column.update: not-updated   the same for one of several tasks
    # says: never added to dX_gpu2            what the message has to have in it, where no hint need be shown
    # harms: writes past its buffer           why it is judged in a process of its own, which may die
    # why: dX is only the first rank's part   what this is, in one line

    # %% before
    def halves(t): ...
    # %% column.backward
    dX = dX_gpu1

`before` runs before the section's cells, as a cell of the student's own. A cell's first line is its `# %%` line, which
stands where the notebook has `%%task`: line numbers are the student's.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from grader.authoring import SOURCE
from grader.authoring.source import read_source
from grader.lab.registry import folder_of

KINDS = ("right", "wrong", "ways_round")
BEFORE, NO_HINT = "before", "none"
_CELL = re.compile(r"# %% *(.*)")
_KEY = re.compile(r"# ([a-z]+(?: of [\w.]+)?): *(.*)")
_KEYS = ("loses", "mistake", "says", "harms", "why")


class CorpusError(Exception):
    """Something in a lab's corpus to put right: `file:line: what to do`."""


@dataclass(frozen=True)
class Entry:
    """One solution: its cells by task, and what has to come of them.

    Attributes:
        kind: `right`, `wrong` or `ways_round`.
        cells: the cells that it changes; all others are the lab's own solution's.
        before: a cell that runs before them, or nothing.
        loses: the tasks that it must lose.
        mistakes: by task, the named bugs that are a right hint; empty where there must be none. A task that is not
            here has no right hint: another check's message says what is wrong.
        says: what the message must have in it; a hint may then be missing.
        harms: why it needs a process of its own, or nothing.
        why: what it is, in one line.
    """

    name: str
    kind: str
    cells: Mapping[str, str]
    before: str
    loses: frozenset[str]
    mistakes: Mapping[str, tuple[str, ...]]
    why: str
    path: Path
    says: str = ""
    harms: str = ""


def corpus_folder(lab: str) -> Path:
    """Where a lab's corpus lies. Raises KeyError: there is no lab of that name."""
    return folder_of(lab) / "corpus"


def read_corpus(folder: Path, tasks: Collection[str]) -> tuple[Entry, ...]:
    """A lab's entries: its right ones, its wrong ones and its ways round the rule, each by name. Raises CorpusError: an
    entry is not one, or names a task that is not among these."""
    return tuple(read_entry(path, tasks) for kind in KINDS for path in sorted((folder / kind).glob("*.py")))


def read_entry(path: Path, tasks: Collection[str]) -> Entry:
    """The entry in that file; its folder's name says of which kind it is. Raises CorpusError: the file is no entry, or
    names a task that is not among these."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise CorpusError(f"{path}:1: the file can't be read ({problem}): save it as UTF-8") from None
    starts = [place for place, line in enumerate(lines) if _CELL.match(line)]
    head = _head(path, lines[: starts[0] if starts else len(lines)])
    cells = _cells(path, lines, starts, tasks)
    loses = _tasks_lost(path, head, tasks)
    before = cells.pop(BEFORE, "").partition("\n")[2]
    if not cells:
        raise _error(path, len(lines), "no cell of a task: begin one with `# %% TASK`")
    return Entry(
        name=path.stem,
        kind=path.parent.name,
        cells=cells,
        before=before,
        loses=loses,
        mistakes=_mistakes(path, head, loses),
        why=_value(path, head, "why"),
        path=path,
        says=_value(path, head, "says", missing=""),
        harms=_value(path, head, "harms", missing=""),
    )


def solution_cells(lab: str) -> dict[str, str]:
    """The cells of a lab's own solution by task, from its source.

    Raises:
        KeyError: there is no lab of that name.
        SourceError: its source can't be read.
    """
    source = read_source(folder_of(lab) / SOURCE)
    return {
        str(cell.metadata["task"]): "#\n" + cell.text_in("en").partition("\n")[2]
        for cell in source.cells
        if cell.kind == "task"
    }


_Head = Mapping[str, tuple[int, str]]  # by key, the line and what stands there


def _error(path: Path, line: int, text: str) -> CorpusError:
    return CorpusError(f"{path}:{line}: {text}")


def _head(path: Path, lines: list[str]) -> dict[str, tuple[int, str]]:
    head: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _KEY.fullmatch(line)
        key, _, task = found[1].partition(" of ") if found else ("", "", "")
        if not found or key not in _KEYS or (task and key != "mistake"):
            keys = ", ".join(f"`# {key}:`" for key in _KEYS)
            raise _error(path, number, f"above the first `# %%` a line begins with one of {keys}: {line!r} does not")
        if not found[2].strip():
            raise _error(path, number, f"nothing stands behind `# {found[1]}:`: write it, or drop the line")
        if found[1] in head:
            raise _error(path, number, f"`# {found[1]}:` is there twice: keep one, with commas between several values")
        head[found[1]] = (number, found[2].strip())
    return head


def _cells(path: Path, lines: list[str], starts: list[int], tasks: Collection[str]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for start, end in pairwise([*starts, len(lines)]):
        name = lines[start].removeprefix("# %%").strip()
        if name != BEFORE:
            _known(path, start + 1, name, tasks)
        if name in cells:
            raise _error(path, start + 1, f"{name} has a cell above: put both into one")
        cells[name] = "\n".join(["#", *lines[start + 1 : end]]).rstrip("\n") + "\n"
    return cells


def _tasks_lost(path: Path, head: _Head, tasks: Collection[str]) -> frozenset[str]:
    kind = path.parent.name
    if kind not in KINDS:
        raise _error(path, 1, f"an entry lies in one of the folders {', '.join(KINDS)}: this one lies in {kind}")
    if kind != "right":
        line, _ = head.get("loses", (1, ""))
        lost = list(_listed(_value(path, head, "loses")))
        for task in lost:
            _known(path, line, task, tasks)
        return frozenset(lost)
    for key, (line, _) in head.items():
        if key.split()[0] in ("loses", "mistake", "says"):
            raise _error(path, line, f"a right solution has no `# {key}:`: drop the line, or move the file to wrong/")
    return frozenset()


def _mistakes(path: Path, head: _Head, loses: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """By task: a line for one task goes before the line for all."""
    _, for_all = head.get("mistake", (0, ""))
    named = {task: _names(for_all) for task in sorted(loses) if for_all}
    for key, (line, value) in head.items():
        task = key.partition(" of ")[2]
        if task:
            _known(path, line, task, loses, "it does not lose {task}: `# loses:` has {tasks}")
            named[task] = _names(value)
    return named


def _names(value: str) -> tuple[str, ...]:
    return () if value == NO_HINT else tuple(_listed(value))


def _listed(value: str) -> Iterator[str]:
    return (name.strip() for name in value.split(",") if name.strip())


def _value(path: Path, head: _Head, key: str, missing: str | None = None) -> str:
    if key in head:
        return head[key][1]
    if missing is None:
        raise _error(path, 1, f"`# {key}:` is missing: add it above the first `# %%`")
    return missing


def _known(
    path: Path, line: int, task: str, tasks: Collection[str], text: str = "the lab has no task {task}: it has {tasks}"
) -> None:
    if task not in tasks:
        raise _error(path, line, text.format(task=task or "without a name", tasks=", ".join(tasks)))
