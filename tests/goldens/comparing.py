"""Goldens as files, and what differs from them, said entry by entry."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from enum import Enum
from itertools import zip_longest
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# a number by itself: not part of a name, and with no more digits or points behind it
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)")
# the numbers that follow from the values drawn: those with a fraction, what was compared, and where
DRAWN = re.compile(
    r"-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+e[+-]?\d+|(?:(?<=expected )|(?<=got )|(?<=ожидалось )|(?<=получено ))-?\d+|\[\d+(?:, \d+)*\]"
)
NEARLY = 1e-3
SHORT = 160


class Numbers(Enum):
    """How closely the numbers in a message are compared."""

    NEARLY = "whole ones alike, others to three digits"
    MASKED = "those that follow from the drawn values not at all"


def read(name: str, folder: Path = HERE) -> dict[str, Any]:
    """The golden of that name: entries by case."""
    plain: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return plain


def write(name: str, entries: dict[str, Any], folder: Path = HERE) -> None:
    """The golden as a file whose lines a diff shows well: what is short stands on one."""
    (folder / f"{name}.json").write_text(_laid_out(entries) + "\n", encoding="utf-8")


def _laid_out(plain: Any, indent: str = "") -> str:
    line = json.dumps(plain, ensure_ascii=False)
    if not plain or not isinstance(plain, dict | list) or len(indent + line) <= SHORT:
        return line
    deeper = indent + " "
    if isinstance(plain, list):
        return "[\n" + ",\n".join(deeper + _laid_out(part, deeper) for part in plain) + f"\n{indent}]"
    parts = (f"{deeper}{json.dumps(key, ensure_ascii=False)}: {_laid_out(part, deeper)}" for key, part in plain.items())
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def differences(golden: Any, found: Any, numbers: Numbers = Numbers.NEARLY, where: tuple[str, ...] = ()) -> list[str]:
    """A line for each place where what is found is not what the golden says."""
    return list(_differing(golden, found, numbers, where))


def _differing(golden: Any, found: Any, numbers: Numbers, where: tuple[str, ...]) -> Iterator[str]:
    if isinstance(golden, dict) and isinstance(found, dict):
        for key in [*golden, *(key for key in found if key not in golden)]:
            if key not in found:
                yield f"{_said(*where, key)}: is gone"
            elif key not in golden:
                yield f"{_said(*where, key)}: is new: {found[key]!r}"
            else:
                yield from _differing(golden[key], found[key], numbers, (*where, key))
    elif isinstance(golden, list) and isinstance(found, list):
        for place, (one, other) in enumerate(zip_longest(golden, found)):
            yield from _differing(one, other, numbers, (*where, str(place)))
    elif isinstance(golden, str) and isinstance(found, str):
        if not alike(golden, found, numbers):
            yield f"{_said(*where)}:\n  - {golden}\n  + {found}"
    elif golden != found or type(golden) is not type(found):
        yield f"{_said(*where)}:\n  - {golden!r}\n  + {found!r}"


def alike(golden: str, found: str, numbers: Numbers) -> bool:
    """Whether two texts say the same, but for numbers as far as `numbers` allows."""
    if golden == found:
        return True
    if numbers is Numbers.MASKED:
        return DRAWN.sub("#", golden) == DRAWN.sub("#", found)
    pairs = list(zip_longest(NUMBER.findall(golden), NUMBER.findall(found)))
    return NUMBER.sub("#", golden) == NUMBER.sub("#", found) and all(_close(*pair) for pair in pairs)


def _close(one: str, other: str) -> bool:
    whole = not set(one + other) & set(".e")
    return one == other if whole else math.isclose(float(one), float(other), rel_tol=NEARLY)


def _said(*where: str) -> str:
    return " > ".join(where)
