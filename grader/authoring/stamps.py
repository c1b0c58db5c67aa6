"""New `of` values for translations that somebody has looked through."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from grader.authoring.source import read_source

_STAMP = re.compile(r'\s+of="?[^\s"]*"?')
_LANGUAGE = re.compile(r"""lang=["']ru["']""")


def restamp(source: Path) -> list[int]:
    """The lines of the source whose `of` was stale and now fits the English cell above.

    Run it when the Russian cells have been looked through: it believes that they have.

    Raises:
        SourceError: the file is not a percent file.
    """
    cells = read_source(source).cells
    lines = source.read_text(encoding="utf-8").split("\n")
    changed = []
    for english, russian in pairwise(cells):
        if (english.language, russian.language) != ("en", "ru") or russian.metadata.get("of") == english.stamp:
            continue
        marker = _STAMP.sub("", lines[russian.marker - 1])
        lines[russian.marker - 1] = _LANGUAGE.sub(f'lang="ru" of="{english.stamp}"', marker, count=1)
        changed.append(russian.marker)
    if changed:
        source.write_text("\n".join(lines), encoding="utf-8")
    return changed
