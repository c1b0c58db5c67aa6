"""A lab's source, the percent file: its cells with their line numbers."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import jupytext

# English is what a lab is written in; every other language is a folder with a catalogue of messages.
LOCALE = Path(__file__).resolve().parent.parent / "locale"
TRANSLATED = tuple(sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/grader.po")))
LANGUAGES = ("en", *TRANSLATED)
# Where the course's own labs lie: a folder each.
LABS = "grader/labs"
Kind = Literal["prose", "given", "task", "check", "answer", "unknown"]

_MARKER = re.compile(r"\s*#\s*%%(%*\s|\s*$)")
_DECLARED = re.compile(r"#\s+languages:\s*\[([^\]]*)\]\s*")
_COMMENT_IN = re.compile(rf"(\s*)# ({'|'.join(LANGUAGES)}): ?(.*)")


class SourceError(Exception):
    """Something in a lab's source to put right; each line of the message is `file:line: what to do`."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to put right, and where."""

    line: int
    text: str


BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


def check_text(task: str) -> str:
    """The whole text of a task's grade cell."""
    return f'check("{task}")\n{BEGIN_HIDDEN}\nexam("{task}")\n{END_HIDDEN}'


@dataclass(frozen=True)
class Cell:
    """One cell of the source as written, in one language or in both."""

    marker: int
    first_line: int
    type: str
    text: str
    metadata: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """What the cell is, by the keys on its marker line."""
        kinds: tuple[Kind, ...] = ("given", "task", "check")
        for kind in kinds:
            if kind in self.metadata and self.type == "code":
                return kind
        if "lang" in self.metadata and self.type == "markdown":
            return "answer" if "answer" in self.metadata else "prose"
        return "unknown"

    @property
    def language(self) -> str | None:
        """The language of a cell that has a twin; None where one cell serves both."""
        return self.metadata.get("lang")

    @cached_property
    def stamp(self) -> str:
        """What the translations of this cell carry as `of`."""
        return hashlib.sha256(self.text.strip().encode()).hexdigest()[:8]

    @property
    def grade_id(self) -> str | None:
        """nbgrader's name for the cell: its ids may not hold a dot."""
        match self.kind:
            case "given":
                name = f"given.{self.metadata['given']}"
            case "task":
                name = f"solution.{self.metadata['task']}"
            case "check":
                name = str(self.metadata["check"])
            case "answer":
                name = str(self.metadata["answer"])
            case _:
                return None
        return name.replace(".", "-")

    @property
    def task(self) -> str | None:
        """The task that points are given for in this cell; None where there are none."""
        name = self.metadata.get(self.kind) if self.kind in ("check", "answer") else None
        return None if name is None else str(name)

    @property
    def attachments(self) -> list[str]:
        """The names of the diagrams that the cell shows."""
        return str(self.metadata.get("attach", "")).split()

    def lines(self) -> Iterator[tuple[int, str]]:
        """The cell's lines with their numbers in the source."""
        return enumerate(self.text.split("\n"), start=self.first_line)

    def text_in(self, language: str) -> str:
        """The cell's text in that language: in a solution cell `# en:` and `# ru:` comments are sorted out, and a check
        cell that says nothing has the text that all have."""
        if self.kind == "check" and not self.text.strip():
            return check_text(str(self.metadata["check"]))
        if self.kind != "task":
            return self.text
        kept = []
        for line in self.text.split("\n"):
            tagged = _COMMENT_IN.fullmatch(line)
            if tagged is None:
                kept.append(line)
            elif tagged[2] == language:
                kept.append(f"{tagged[1]}# {tagged[3]}".rstrip())
        return "\n".join(kept)


@dataclass(frozen=True)
class Source:
    """A lab's source as read: `languages` are those that it is written in, English first.

    It is a draft as long as it isn't in all of the course's.
    """

    lab: str
    path: Path
    cells: tuple[Cell, ...]
    languages: tuple[str, ...] = LANGUAGES

    @property
    def diagrams(self) -> Path:
        """The folder of the lab's pictures."""
        return self.path.parent / "diagrams"

    def error(self, problems: list[Problem]) -> SourceError:
        """The error that says where all of these problems are."""
        return source_error(self.path, problems)

    def in_language(self, language: str) -> Iterator[Cell]:
        """The cells of the notebook in that language, in order."""
        return (cell for cell in self.cells if cell.language in (None, language))


def comment_language(line: str) -> str | None:
    """The language of a comment that is for one language only."""
    tagged = _COMMENT_IN.fullmatch(line)
    return tagged[2] if tagged else None


def source_error(path: Path, problems: list[Problem]) -> SourceError:
    """The error that names the file as a person does, `grader/labs/linear/notebook.py:12`."""
    shown = as_named(path)
    return SourceError("\n".join(f"{shown}:{problem.line}: {problem.text}" for problem in sorted(problems)))


def as_named(path: Path) -> str:
    """A file of a lab as a person names it from the course folder; any other from the folder that they are in."""
    text = path.as_posix()
    ours = text.rfind(f"/{LABS}/")
    if ours >= 0:
        return text[ours + 1 :]
    return (path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path).as_posix()


def read_source(path: Path, lab: str = "") -> Source:
    """The lab that this file holds, by this name or that of its folder; its cells are not checked yet. Raises
    SourceError: it is not a percent file in UTF-8."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise source_error(path, [Problem(line, "this is not UTF-8: save the file as UTF-8")]) from None
    except OSError as problem:
        raise source_error(path, [Problem(1, f"the file can't be read ({problem.strerror})")]) from None
    lines = text.split("\n")
    markers = [number for number, line in enumerate(lines, start=1) if _MARKER.match(line)]
    if not markers:
        raise source_error(path, [Problem(1, 'there is no cell: cells begin with `# %% [markdown] lang="en"`')])
    _refuse_text_before(path, lines[: markers[0] - 1])
    declared = _declared_languages(path, lines[: markers[0] - 1])
    ends = [*(marker - 1 for marker in markers[1:]), len(lines)]
    cells = tuple(
        _read_cell(path, marker, lines[marker - 1 : end]) for marker, end in zip(markers, ends, strict=True)
    )
    begun = {cell.language for cell in cells}
    languages = declared or ("en", *(language for language in TRANSLATED if language in begun))
    return Source(lab or path.parent.name, path, cells, languages)


def _declared_languages(path: Path, header: list[str]) -> tuple[str, ...]:
    """What the header's line `languages: [en]` lists; nothing where there is none."""
    for number, line in enumerate(header, start=1):
        found = _DECLARED.fullmatch(line)
        if found is None:
            continue
        named = [name.strip().strip("\"'") for name in found[1].split(",")]
        if "en" not in named or not set(named) <= set(LANGUAGES):
            text = f"languages is [{found[1]}]: list en, and what else there is of {', '.join(TRANSLATED)}"
            raise source_error(path, [Problem(number, text)])
        return tuple(language for language in LANGUAGES if language in named)
    return ()


def _read_cell(path: Path, marker: int, lines: list[str]) -> Cell:
    # jupytext tells no line numbers, so it gets one cell at a time; of blank lines at its end it would make a key.
    try:
        cells = jupytext.reads("\n".join(lines).rstrip("\n"), fmt="py:percent").cells
    except Exception as problem:  # whatever jupytext's parser raises, the author needs the line
        text = f"jupytext can't read this cell ({problem})"
        raise source_error(path, [Problem(marker, text)]) from None
    if len(cells) != 1:
        raise source_error(path, [Problem(marker, "jupytext reads more than one cell here: see its marker line")])
    blank = next((count for count, line in enumerate(lines[1:]) if line.strip()), 0)
    cell = cells[0]
    return Cell(marker, marker + 1 + blank, cell.cell_type, cell.source, dict(cell.metadata))


def _refuse_text_before(path: Path, lines: list[str]) -> None:
    inside_header = False
    for number, line in enumerate(lines, start=1):
        if line.strip() == "# ---":
            inside_header = not inside_header
        elif line.strip() and not inside_header:
            text = "this stands before the first cell: put a marker line (`# %% ...`) above it"
            raise source_error(path, [Problem(number, text)])
