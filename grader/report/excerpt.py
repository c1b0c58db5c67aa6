"""A few lines of a student's cell that show a mistake, with nothing in them that tells whose they are."""

import io
import tokenize
from collections.abc import Collection

MOST_LINES = 6
LONGEST_LINE = 100
LONGEST_TEXT = 20_000
WITHHELD = "…"


def excerpt(text: str, model: str, names: Collection[str] = ()) -> str:
    """The cell's lines that the lab's own solution hasn't, without comments and the texts of strings.

    A comment or a string may hold a name; so may a variable: any of `names` in the code is withheld.
    """
    text = text[:LONGEST_TEXT]
    usual = {plain_line(line) for line in anonymous(model).splitlines()}
    lines = [line.rstrip() for line in anonymous(text, names).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("%%")]
    telling = [line for line in lines if plain_line(line) not in usual] or lines
    shown = [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + WITHHELD for line in telling[:MOST_LINES]]
    return "\n".join([*shown, WITHHELD] if len(telling) > MOST_LINES else shown)


def plain_line(line: str) -> str:
    """The line without spaces: layout makes no line another one."""
    return "".join(line.split())


def anonymous(text: str, names: Collection[str] = ()) -> str:
    """The code without its comments, string texts and the names of people; all withheld where it is no Python."""
    magic, rest = "", text
    if text.lstrip().startswith("%%"):
        magic, _newline, rest = text.lstrip().partition("\n")
    lines = rest.split("\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(rest).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        lines = [line for line in lines if not set(line) & set("#'\"")]
        tokens = []
    for token in reversed(tokens):
        if token.type == tokenize.COMMENT:
            _replace(lines, token, "")
        elif token.type == tokenize.STRING or "STRING_MIDDLE" in tokenize.tok_name[token.type]:
            _replace(lines, token, f'"{WITHHELD}"' if token.type == tokenize.STRING else WITHHELD)
    code = "\n".join(lines)
    for name in names:
        if len(name) > 2:
            code = code.replace(name, WITHHELD)
    return f"{magic}\n{code}" if magic else code


def _replace(lines: list[str], token: tokenize.TokenInfo, text: str) -> None:
    (first, start), (last, end) = token.start, token.end
    lines[first - 1 : last] = [lines[first - 1][:start] + text + lines[last - 1][end:]]
