"""Translations that somebody has looked through: the Russian pages in docs/ru/, and the cells of a lab's source.

A Russian page begins with a comment that carries a short hash of the English page that it was made from:
`<!-- of="1a2b3c4d" -->`. Its twin is the page of the same name in docs/, or, for CONTRIBUTING.md, in the root.
"""

import hashlib
import re
from pathlib import Path

from grader.authoring.source import TRANSLATED, read_source

_STAMP = re.compile(r'<!-- of="(\w*)" -->\n')
_CELL_STAMP = re.compile(r'\s+of="?[^\s"]*"?')
_LANGUAGE = re.compile(r"""lang=["'][^"']*["']""")


def russian_pages(root: Path) -> list[Path]:
    """All Russian pages, found by where they lie."""
    return sorted((root / "docs" / "ru").glob("*.md"))


def english_twin(page: Path) -> Path | None:
    """The page that this one is the Russian of; None where there is none."""
    docs = page.parent.parent
    names = (docs / page.name, docs.parent / page.name, docs.parent / f"{page.stem.upper()}.md")
    return next((path for path in names if path.is_file()), None)


def problem_with(page: Path) -> str | None:
    """What has to be done about a Russian page, in one line; None where it follows its twin."""
    english = english_twin(page)
    if english is None:
        return f"docs/ru/{page.name} has no English twin: write docs/{page.name}, or remove the Russian page."
    if _stamp(page) == _hash(english):
        return None
    return (
        f"{english.name} isn't the page that docs/ru/{page.name} was made from: bring the Russian page up to date, "
        "then run `python -m grader build --restamp`."
    )


def restamp_pages(root: Path) -> list[Path]:
    """The Russian pages that didn't follow their twins and are marked now as if they did.

    Run it when they have been looked through: it believes that they have.
    """
    changed = []
    for page in russian_pages(root):
        english = english_twin(page)
        if english and _stamp(page) != _hash(english):
            text = _STAMP.sub("", page.read_text(encoding="utf-8"), count=1)
            page.write_text(f'<!-- of="{_hash(english)}" -->\n{text}', encoding="utf-8")
            changed.append(page)
    return changed


def restamp(source: Path) -> list[int]:
    """The lines of the source whose `of` was stale and now fits the English cell above.

    Run it when the translations have been looked through: it believes that they have.

    Raises:
        SourceError: the file is not a percent file.
    """
    lines = source.read_text(encoding="utf-8").split("\n")
    changed = []
    stamp = ""
    for cell in read_source(source).cells:
        if cell.type != "markdown":
            stamp = ""
            continue
        if cell.language == "en":
            stamp = cell.stamp
        elif cell.language in TRANSLATED and stamp and cell.metadata.get("of") != stamp:
            marker = _CELL_STAMP.sub("", lines[cell.marker - 1])
            lines[cell.marker - 1] = _LANGUAGE.sub(f'lang="{cell.language}" of="{stamp}"', marker, count=1)
            changed.append(cell.marker)
        elif cell.language is None:
            stamp = ""
    if changed:
        source.write_text("\n".join(lines), encoding="utf-8")
    return changed


def _stamp(page: Path) -> str | None:
    found = _STAMP.match(page.read_text(encoding="utf-8"))
    return found[1] if found else None


def _hash(page: Path) -> str:
    return hashlib.sha256(page.read_text(encoding="utf-8").strip().encode()).hexdigest()[:8]
