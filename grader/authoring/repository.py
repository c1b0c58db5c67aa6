"""Where the course lives on the web, and what the notebooks make of that: one address, set once in pyproject.toml."""

import re
import tomllib
from pathlib import Path

from grader.authoring.source import Problem, SourceError, source_error

BRANCH = "main"
ADDRESS, BUTTONS = "{{repository}}", "{{buttons}}"
OPEN_IN = {"en": "Open in", "ru": "Открыть в"}

_ADDRESS = re.compile(r"https://[\w.-]+(/[\w.-]+)+")
_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")
_BUTTONS_LINE = re.compile(r"^\{\{buttons\}\}\n*", re.MULTILINE)


def repository_of(root: Path) -> str:
    """The course's address, `Repository` under `[project.urls]` in pyproject.toml; empty where none is set. Raises
    SourceError: it isn't the address of a repository."""
    file = root / "pyproject.toml"
    if not file.is_file():
        return ""
    text = file.read_text(encoding="utf-8")
    address = str(tomllib.loads(text).get("project", {}).get("urls", {}).get("Repository", ""))
    address = address.removesuffix("/").removesuffix(".git")
    if address and not _ADDRESS.fullmatch(address):
        line = next(number for number, line in enumerate(text.split("\n"), 1) if line.startswith("Repository"))
        raise _not_an_address(file, line)
    return address


def with_repository(text: str, address: str, lab: str, language: str) -> str:
    """A cell's text with the address, and the buttons that it makes possible, in their places.

    Without an address there are no buttons: none leads nowhere.
    """
    links = buttons(address, f"assignments/{language}/{lab}/{lab}.ipynb", language)
    text = text.replace(BUTTONS, links) if links else _BUTTONS_LINE.sub("", text)
    return text.replace(ADDRESS, address)


def buttons(address: str, path: str, language: str) -> str:
    """Links, in Markdown, that open a notebook in Colab and Binder; empty for a place that these can't open."""
    found = _GITHUB.fullmatch(address)
    if found is None:
        return ""
    say = OPEN_IN[language]
    colab = f"https://colab.research.google.com/github/{found[1]}/blob/{BRANCH}/{path}"
    binder = f"https://mybinder.org/v2/gh/{found[1]}/{BRANCH}?labpath={path.replace('/', '%2F')}"
    return f"**[{say} Colab]({colab})** · **[{say} Binder]({binder})**"


def _not_an_address(file: Path, line: int) -> SourceError:
    why = 'Repository is no address of a repository: write it as "https://github.com/OWNER/NAME"'
    return source_error(file, [Problem(line, why)])
