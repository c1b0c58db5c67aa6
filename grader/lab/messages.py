"""What the judge says to people: message templates with their facts, rendered in the reader's language."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

LOCALE = Path(__file__).resolve().parent.parent / "locale"
# English is the text in the code; every other language is a folder with a catalogue.
LANGUAGES = ("en", *sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/grader.po")))
MAX_FACT = 600
MAX_TEXT = 4000
FIELD = re.compile(r"\{(\w+)\}")


def N_(template: str) -> str:
    """The template itself; the mark by which gettext's tools find it."""
    return template


@dataclass(frozen=True)
class Message:
    """An English template and the facts that fill it: `Message(N_("{name} is missing"), (("name", "dX"),))`.

    A fact may be a message itself.
    """

    template: str
    facts: tuple[tuple[str, str | Message], ...] = ()

    def render(self, language: str = "en") -> str:
        """The sentence in that language; English where the catalogue has none."""
        facts = {name: fact.render(language) if isinstance(fact, Message) else fact for name, fact in self.facts}
        # str.format would follow attributes and widths that a forged message asks for
        text = FIELD.sub(lambda found: facts.get(found[1], found[0]), translator(language)(self.template))
        return text[:MAX_TEXT]

    def to_plain(self) -> dict[str, Any]:
        """The message as JSON-able data."""
        facts = {name: fact.to_plain() if isinstance(fact, Message) else fact for name, fact in self.facts}
        return {"template": self.template, "facts": facts}

    @staticmethod
    def from_plain(plain: Any, depth: int = 0) -> Message:
        """The message that such data holds. Raises ValueError: it holds none."""
        match plain:
            case {"template": str(template), "facts": dict(facts)} if depth < 3 and len(facts) < 20:
                return Message(_clean(template), tuple((str(k), _fact(v, depth)) for k, v in facts.items()))
        raise ValueError("not a message")


def message(template: str, **facts: object) -> Message:
    """A message with its facts as text; shapes become `(304, 1024)`."""
    return Message(template, tuple((name, _as_fact(fact)) for name, fact in facts.items()))


def translator(language: str) -> Callable[[str], str]:
    """A function that translates English templates to that language."""
    return _catalogue(language).gettext


def _as_fact(fact: object) -> str | Message:
    if isinstance(fact, Message):
        return fact
    if isinstance(fact, tuple):
        inner = ", ".join(str(item) for item in fact)
        return f"({inner},)" if len(fact) == 1 else f"({inner})"
    return _clean(str(fact))


def _fact(plain: Any, depth: int) -> str | Message:
    return _clean(plain) if isinstance(plain, str) else Message.from_plain(plain, depth + 1)


def _clean(text: str) -> str:
    """A text of bounded length that every encoding takes: half surrogates become `?`."""
    return text[:MAX_FACT].encode("utf-8", "replace").decode("utf-8")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue, compiled in memory from its text: no binary file to keep in step."""
    from babel.messages import mofile, pofile

    read = []
    for path in _paths(language):
        if path.is_file():
            with path.open("rb") as text:
                read.append(pofile.read_po(text, locale=language))
    if not read:
        return gettext.NullTranslations()
    whole, *others = read
    for said in (said for catalogue in others for said in catalogue):
        if said.id and said.id not in whole:
            whole.add(said.id, said.string, context=said.context)
    compiled = BytesIO()
    mofile.write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _paths(language: str) -> Iterator[Path]:
    """The catalogue of the course, and those that labs bring along."""
    from grader.lab.registry import found  # which needs messages itself

    yield LOCALE / language / "LC_MESSAGES" / "grader.po"
    for lab in found():
        yield lab.folder / "locale" / f"{language}.po"
