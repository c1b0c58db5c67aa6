"""The messages in the code and their translations: what a catalogue lacks, and how it is kept up.

Messages are marked `_("...")`, `N_("...")`, `gettext("...")` or `ngettext("...", "...", n)`.
"""

import string
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from grader.authoring.source import TRANSLATED

KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
# A corpus holds students' cells, which say nothing to people.
METHODS = [("labs/*/corpus/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2")]
PROJECT = "tensor-parallel-course"
NOT_CODE = ("notebook.py", "corpus/", "diagrams/")  # of a lab: nothing that it says comes through gettext
# What Babel writes into the header that changes with the day or names nobody.
_PASSING = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Generated-By", "Report-Msgid")


def problems_in_catalogues(root: Path, drafts: Mapping[str, Collection[str]] | None = None) -> list[str]:
    """A line for each message that has no translation, `grader/x.py:12: ...`; empty when all have one.

    `drafts` are the labs that are not written in some languages yet: neither need their messages be.
    """
    if not (root / "grader").is_dir():
        return []
    found = []
    for lab in ("", *_labs(root)):
        template = extract_messages(root, lab)
        languages = [language for language in TRANSLATED if language not in (drafts or {}).get(lab, ())]
        found += [line for language in languages for line in _lacks(root, language, lab, template)]
    return found


def extract_messages(root: Path, lab: str = "") -> Catalog:
    """The messages that the code marks, with their places: gettext's messages.pot. Those of one lab's folder, or of all
    of `grader/` but the labs' folders."""
    template = Catalog(project=PROJECT, charset="utf-8")
    folder = f"grader/labs/{lab}" if lab else "grader"
    found = extract_from_dir(root / folder, method_map=METHODS, keywords=KEYWORDS)
    for file, line, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        place = Path(file).as_posix()
        if place.startswith(("labs/", *(NOT_CODE if lab else ()))):
            continue
        template.add(message, None, [(f"{folder}/{place}", line)], auto_comments=comments, context=context)
    return template


def update_catalogue(root: Path, language: str = "ru") -> Path:
    """The language's catalogue, with the code's new messages in it, to be translated; each lab's own is brought up to
    date with it.

    What it had stays; a message that the code no longer has is dropped, and one that has moved takes its translation
    along.
    """
    known = {lab: _read(_path(root, language, lab), language) for lab in ("", *_labs(root))}
    said = {_first(one): one.string for catalogue in known.values() for one in catalogue if one.id and _is_said(one)}
    for lab, catalogue in known.items():
        template = extract_messages(root, lab)
        if not lab or len(template):
            _update(_path(root, language, lab), catalogue, template, said)
    return _path(root, language)


def _update(path: Path, catalogue: Catalog, template: Catalog, said: Mapping[str, Any]) -> None:
    catalogue.update(template, no_fuzzy_matching=True)
    for message in catalogue:
        if message.id and not _is_said(message) and _first(message) in said:
            message.string = said[_first(message)]
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    written = BytesIO()
    write_po(written, catalogue, width=100, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line for line in lines if not line.startswith(_HEADER)), encoding="utf-8")


_HEADER = tuple(f'"{name}' for name in _PASSING)


def _lacks(root: Path, language: str, lab: str, template: Catalog) -> Iterator[str]:
    path = _path(root, language, lab)
    shown = path.relative_to(root).as_posix()
    catalogue = _read(path, language)
    for message in template:
        if not message.id:
            continue
        file, line = message.locations[0]
        reason = _reason(message, catalogue)
        if reason:
            yield f"{file}:{line}: the message {_short(message)!r} {reason} in {shown}"


def _reason(message: Message, catalogue: Catalog) -> str | None:
    """What is wrong with the translation of this message, if anything."""
    translated = catalogue.get(_first(message), context=message.context)
    if translated is None:
        return "is missing: add it"
    texts = translated.string if isinstance(translated.string, tuple | list) else (translated.string,)
    if not all(texts) or (message.pluralizable and len(texts) != catalogue.num_plurals):
        return "isn't translated: write its msgstr"
    if translated.fuzzy:
        return "has a fuzzy translation: look through it and remove the mark"
    wanted = _fields(message.id if isinstance(message.id, str) else message.id[-1])
    found = [_fields(text or "") for text in texts]
    if any(fields - wanted or (not message.pluralizable and wanted - fields) for fields in found):
        return f"has other {{fields}} ({', '.join(sorted(wanted)) or 'none'} are given): make them the same"
    return None


def _is_said(message: Message) -> bool:
    return any(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _fields(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _short(message: Message) -> str:
    text = _first(message)
    return text if len(text) <= 60 else text[:57] + "..."


def _path(root: Path, language: str, lab: str = "") -> Path:
    if lab:
        return root / "grader" / "labs" / lab / "locale" / f"{language}.po"
    return root / "grader" / "locale" / language / "LC_MESSAGES" / "grader.po"


def _labs(root: Path) -> tuple[str, ...]:
    """The names of the labs that stand in the course's own folder."""
    return tuple(sorted(path.parent.name for path in (root / "grader" / "labs").glob("*/lab.py")))


def _read(path: Path, language: str) -> Catalog:
    if not path.is_file():
        return Catalog(locale=language, project=PROJECT, charset="utf-8", fuzzy=False)
    with path.open("rb") as text:
        return read_po(text, locale=language)
