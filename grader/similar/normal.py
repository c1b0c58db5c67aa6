"""A cell's text without what changes nothing: comments, layout, and the names that a student chose."""

import io
import keyword
import re
import tokenize
from collections.abc import Callable, Collection, Sequence

SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
OWN_NAME, STRING = "name", "text"
PIECE = re.compile(r"#[^\n]*|\w+|[^\w\s]")

Normal = Callable[[str], Sequence[str]]


def normal_code(text: str, given: Collection[str]) -> list[str]:
    """The code's tokens: a name outside `given` is any name, a string any string; attributes stay, being no one's."""
    lines = text.split("\n")
    if lines and lines[0].lstrip().startswith("%%"):
        lines = lines[1:]
    tokens: list[str] = []
    for word in _words("\n".join(lines)):
        if word[0] in "\"'" or word.lower().startswith(("f'", 'f"', "r'", 'r"', "b'", 'b"')):
            tokens.append(STRING)
        elif not word.isidentifier() or keyword.iskeyword(word) or word in given or tokens[-1:] == ["."]:
            tokens.append(word)
        else:
            tokens.append(OWN_NAME)
    return tokens


def normal_prose(text: str, given: Collection[str]) -> list[str]:
    """The text's words in small letters, without layout and punctuation."""
    return re.findall(r"\w+", text.casefold())


def names_in(text: str) -> set[str]:
    """The names that a text speaks of."""
    return {word for word in re.findall(r"\w+", text) if word.isidentifier()}


def _words(text: str) -> list[str]:
    """Python's own tokens; where the text is no Python, what looks like tokens."""
    try:
        return [
            token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type not in SKIPPED and token.string
        ]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return [piece for piece in PIECE.findall(text) if not piece.startswith("#")]
