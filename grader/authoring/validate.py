"""What has to hold in a lab's source before a notebook is built from it."""

import re
from collections.abc import Iterator

from grader.authoring.points import Points, problems_in_points
from grader.authoring.source import (
    BEGIN_HIDDEN,
    END_HIDDEN,
    LANGUAGES,
    Cell,
    Kind,
    Problem,
    Source,
    as_named,
    check_text,
    comment_language,
)

KEYS: dict[Kind, set[str]] = {
    "prose": {"lang", "of", "attach"},
    "given": {"given", "tags"},
    "task": {"task", "tags"},
    "check": {"check"},
    "answer": {"lang", "of", "attach", "answer"},
}
NAMES = {"ru": "Russian"}  # how an author calls a language; else by its code
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

_TASK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\.[A-Za-z0-9_]+")
_GIVEN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_ATTACHMENT = re.compile(r"attachment:([\w.-]+?)\.svg")
_HOT_LINK = re.compile(r"!\[[^\]]*\]\(\s*<?\w+://|<(?:img|script|iframe|video|object)\b[^>]*\w+://", re.I)


def problems_in(source: Source, points: Points) -> list[Problem]:
    """All there is to put right in the source, by line; none means that it can be built.

    `points` are those of the lab's tasks.
    """
    found = [*_twins(source), *_pairs(source), *_duplicates(source), *problems_in_points(source, points)]
    for cell in source.cells:
        found += _keys(cell, source.languages)
        if cell.kind != "unknown":
            found += _names(cell)
            found += _text(cell, source.languages)
            found += _attachments(source, cell)
    return sorted(set(found))


def _twins(source: Source) -> Iterator[Problem]:
    """Each cell in English is followed by its translations, one in every other language of the lab."""
    english: Cell | None = None
    missing: list[str] = []
    translations = source.languages[1:]
    for cell in source.cells:
        language = cell.language if cell.type == "markdown" else None
        if language in missing and english is not None:
            yield from _translation(english, cell)
            missing.remove(language)
        elif language in translations:
            text = f'this {_named(cell)} cell has no English twin: put the cell with lang="en" directly above it'
            yield Problem(cell.marker, text)
        else:
            yield from _untranslated(english, missing)
            english, missing = (cell, list(translations)) if language == "en" else (None, [])
    yield from _untranslated(english, missing)


def _named(cell: Cell) -> str:
    return NAMES.get(cell.language or "", cell.language or "")


def _untranslated(english: Cell | None, missing: list[str]) -> Iterator[Problem]:
    for language in missing if english is not None else ():
        assert english is not None
        yield Problem(
            english.marker,
            f"this English cell has no {NAMES.get(language, language)} twin: put its translation directly below it, "
            f'as `# %% [markdown] lang="{language}" of="{english.stamp}"`',
        )


def _translation(english: Cell, translated: Cell) -> Iterator[Problem]:
    if translated.metadata.get("of") != english.stamp:
        yield Problem(
            translated.marker,
            f"the English cell (line {english.marker}) changed since it was translated: "
            f'look through the {_named(translated)} one, then write of="{english.stamp}" here',
        )
    for key in ("attach", "answer"):
        if english.metadata.get(key) != translated.metadata.get(key):
            yield Problem(
                translated.marker, f"{key} differs from the English twin (line {english.marker}): make them the same"
            )


def _pairs(source: Source) -> Iterator[Problem]:
    """Each solution cell is followed by its check, and no check stands alone."""
    cells = source.cells
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.kind != "task":
            continue
        task = cell.metadata["task"]
        if following is None or following.metadata.get("check") != task:
            yield Problem(
                cell.marker,
                f'the solution cell of {task} has no check: put `# %% check="{task}"` directly below it',
            )
    for before, cell in zip([None, *cells[:-1]], cells, strict=True):
        if cell.kind != "check":
            continue
        task = cell.metadata["check"]
        if before is None or before.metadata.get("task") != task:
            yield Problem(
                cell.marker,
                f'the check of {task} has no solution cell: put `# %% task="{task}"` directly above it',
            )


def _duplicates(source: Source) -> Iterator[Problem]:
    for language in source.languages:
        seen: dict[str, int] = {}
        for cell in source.in_language(language):
            if cell.grade_id is None:
                continue
            if cell.grade_id in seen:
                yield Problem(
                    cell.marker,
                    f"the name {cell.grade_id} (nbgrader's grade_id) is taken by the cell of "
                    f"line {seen[cell.grade_id]}: rename one of them",
                )
            seen.setdefault(cell.grade_id, cell.marker)


def _keys(cell: Cell, languages: tuple[str, ...]) -> Iterator[Problem]:
    if cell.kind == "unknown" and "lang" in cell.metadata:
        text = "code stands once for all languages; the cell that loads the course is put in by the build: remove this"
        yield Problem(cell.marker, text)
        return
    if cell.kind == "unknown":
        yield Problem(
            cell.marker,
            f"it isn't clear what this {cell.type} cell is: its marker line needs one of given, task, check "
            "(markdown: lang), written as key=\"value\"",
        )
        return
    known = KEYS[cell.kind]
    for key in sorted(cell.metadata.keys() - known):
        hint = ""
        if key == "lang":
            hint = "; a locked or solution cell is the same cell in both languages"
        if key == "points":
            hint = "; a task's points are said once, in the lab"
        yield Problem(
            cell.marker,
            f"a {cell.kind} cell has no key {key} (it may have {', '.join(sorted(known))}): remove or rename it{hint}",
        )
    if cell.language not in (None, *LANGUAGES):
        yield Problem(cell.marker, f"lang is {cell.language!r}: write one of {', '.join(LANGUAGES)}")
    elif cell.language not in (None, *languages):
        text = f"lang is {cell.language!r}, and the header says languages: [{', '.join(languages)}]: add it there"
        yield Problem(cell.marker, text)
    if cell.language == "en" and "of" in cell.metadata:
        yield Problem(cell.marker, "of belongs to the translations: remove it here")


def _names(cell: Cell) -> Iterator[Problem]:
    for key in ("task", "check", "answer"):
        name = cell.metadata.get(key)
        if name is not None and not _TASK_NAME.fullmatch(str(name)):
            yield Problem(cell.marker, f"{name!r} is no task name: write it as `section.step`, like layer.forward")
    if cell.kind == "given" and not _GIVEN_NAME.fullmatch(str(cell.metadata["given"])):
        yield Problem(cell.marker, f"{cell.metadata['given']!r} is no name: use letters, digits, dots and _")


def _text(cell: Cell, languages: tuple[str, ...]) -> Iterator[Problem]:
    if cell.kind == "check" and not cell.text.strip():
        return  # the build writes it
    if not cell.text.strip():
        yield Problem(cell.marker, "the cell is empty: write its text or remove it")
        return
    if cell.kind == "check":
        yield from _canonical_check(cell)
    if cell.kind == "task":
        first = f"%%task {cell.metadata['task']}"
        if cell.text.split("\n")[0] != first:
            yield Problem(cell.first_line, f"the first line of this cell must be `{first}`, as its marker says")
        yield from _comments_in_all(cell, languages)
    elif cell.type == "code":
        for number, line in cell.lines():
            if comment_language(line):
                text = "only a solution cell may have comments for one language: this one is the same bytes in both"
                yield Problem(number, text)
    if cell.kind in ("task", "answer"):
        yield from _solution_region(cell)
    for number, line in cell.lines():
        if cell.kind not in ("task", "answer") and line.strip() in (BEGIN, END):
            yield Problem(number, f"`{line.strip()}` belongs in a solution cell or an answer: remove it here")
        if cell.kind != "check" and line.strip() in (BEGIN_HIDDEN, END_HIDDEN):
            yield Problem(number, f"`{line.strip()}` belongs in a check cell: remove it here")
        if cell.type == "markdown" and _HOT_LINK.search(line):
            yield Problem(number, "this loads something from the network: make it one of the lab's own diagrams")


def _canonical_check(cell: Cell) -> Iterator[Problem]:
    wanted = check_text(cell.metadata["check"]).split("\n")
    found = cell.text.split("\n")
    for offset in range(max(len(wanted), len(found))):
        want = wanted[offset] if offset < len(wanted) else None
        if (found[offset] if offset < len(found) else None) != want:
            fix = f"write `{want}` here" if want is not None else "remove this line"
            text = f"the check of {cell.metadata['check']} has a text of its own: {fix}"
            yield Problem(cell.first_line + offset, text)
            return


def _comments_in_all(cell: Cell, languages: tuple[str, ...]) -> Iterator[Problem]:
    """A run of comments for one language has its translation in the same run."""
    run: list[tuple[int, str]] = []
    for number, line in [*cell.lines(), (0, "")]:
        language = comment_language(line)
        if language:
            run.append((number, language))
            continue
        for missing in languages:
            if run and missing not in {language for _, language in run}:
                yield Problem(run[0][0], f"this comment has no translation: add a line `# {missing}: ...` beside it")
        run = []


def _solution_region(cell: Cell) -> Iterator[Problem]:
    inside = False
    regions = 0
    for number, line in cell.lines():
        mark = line.strip()
        if mark not in (BEGIN, END):
            continue
        if inside == (mark == BEGIN):
            other = END if mark == BEGIN else BEGIN
            yield Problem(number, f"`{mark}` without `{other}` before it: they come in pairs")
            return
        inside = mark == BEGIN
        regions += mark == BEGIN
    if inside:
        yield Problem(cell.marker, f"`{END}` is missing in this cell: the solution would be handed out")
    elif not regions:
        yield Problem(cell.marker, f"put the solution between `{BEGIN}` and `{END}`: else it would be handed out")


def _attachments(source: Source, cell: Cell) -> Iterator[Problem]:
    shown = {name: number for number, line in cell.lines() for name in _ATTACHMENT.findall(line)}
    if cell.type != "markdown":
        return
    for name in cell.attachments:
        path = source.diagrams / f"{name}.{cell.language}.svg"
        if not path.is_file():
            yield Problem(
                cell.marker, f"the diagram {name} is missing: put it at {as_named(path)}"
            )
        if name not in shown:
            yield Problem(cell.marker, f"the cell doesn't show {name}: write `![...](attachment:{name}.svg)` in it")
    for name, number in shown.items():
        if name not in cell.attachments:
            names = " ".join([*cell.attachments, name])
            yield Problem(number, f'the diagram {name} isn\'t attached: write attach="{names}" on the marker line')
