"""New `of` values for translations that somebody has looked through."""

from __future__ import annotations

import re
from pathlib import Path

from grader.authoring.source import TRANSLATED, read_source

_STAMP = re.compile(r'\s+of="?[^\s"]*"?')
_LANGUAGE = re.compile(r"""lang=["'][^"']*["']""")


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
            marker = _STAMP.sub("", lines[cell.marker - 1])
            lines[cell.marker - 1] = _LANGUAGE.sub(f'lang="{cell.language}" of="{stamp}"', marker, count=1)
            changed.append(cell.marker)
        elif cell.language is None:
            stamp = ""
    if changed:
        source.write_text("\n".join(lines), encoding="utf-8")
    return changed
