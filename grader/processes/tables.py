"""What ranks returned and called, as a card with a table, and the same in plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import torch
from torch import Tensor

from grader.lab.messages import N_
from grader.pictures.lettering import said
from grader.pictures.outcome import CELL, FAILED, PASSED, ROW, Outcome, framed

Calls = Mapping[str, tuple[int, int]]
Table = list[tuple[str, ...]]  # the first row is the heading, the first column names
ROUNDINGS = 1000  # sums in other orders


def shown(function: str, backend: str, results: Sequence[Any], calls: Sequence[Calls], language: str) -> Outcome:
    """What a function returned on each rank, and what it called."""
    heading = said(
        language, N_("{function} ran on {count} processes ({backend})"),
        function=function, count=str(len(results)), backend=backend,
    )  # fmt: skip
    rows: Table = [("", said(language, N_("on each rank")))]
    parts = [named(result) for result in results]
    rows += [(name, _shapes([part[name] for part in parts if name in part])) for name in _names(parts)]
    rows += [(_called(language, kind), _count(calls, kind)) for kind in _kinds(calls)]
    return _outcome(True, heading, rows, language)


def compared(
    yours: Sequence[Any],
    others: Sequence[Any],
    your_calls: Sequence[Calls],
    other_calls: Sequence[Calls],
    other: str,
    language: str,
) -> Outcome:
    """Two runs side by side: the values that both made, and the calls of rank 0. `other` names the second one."""
    mine, its = [named(result) for result in yours], [named(result) for result in others]
    rows: Table = [("", said(language, N_("your functions")), other, said(language, N_("largest difference")))]
    wrong, names = [], []
    for name in _names(mine):
        here, there = ([part[name] for part in parts if isinstance(part.get(name), Tensor)] for parts in (mine, its))
        if not here or not there:
            continue
        difference, right = apart(here, there)
        names.append(name)
        wrong += [] if right else [name]
        shown_as = said(language, N_("other shapes")) if difference is None else f"{difference:.1g}"
        rows.append((name, _shapes(here), _shapes(there), shown_as))
    for kind in _kinds([*your_calls[:1], *other_calls[:1]]):
        rows.append((_called(language, kind), _count(your_calls[:1], kind), _count(other_calls[:1], kind), ""))
    if not names:
        heading = N_("nothing to compare: let the function return a dict with the names {names}")
        heading = said(language, heading, names=", ".join(_names(its)))
    elif wrong:
        heading = said(language, N_("not what {other}'s ranks have: {names}"), other=other, names=", ".join(wrong))
    else:
        heading = N_("the same numbers as {other}'s, on {count} processes")
        heading = said(language, heading, other=other, count=str(len(yours)))
    return _outcome(bool(names) and not wrong, heading, rows, language)


def named(result: Any) -> dict[str, Any]:
    """What a function returned, by name; numbered where it has no names."""
    if isinstance(result, Mapping):
        return {str(name): value for name, value in result.items()}
    values = result if isinstance(result, (list, tuple)) else () if result is None else (result,)
    return {f"[{place}]": value for place, value in enumerate(values)}


def apart(one: Sequence[Tensor], other: Sequence[Tensor]) -> tuple[float | None, bool]:
    """The largest difference of a tensor of two runs, and whether it is rounding's; None where nothing fits.

    They may be cut in different places: then the wholes are compared.
    """
    here, there = ([part.squeeze() for part in parts] for parts in (one, other))
    if [part.shape for part in here] == [part.shape for part in there]:
        pairs = list(zip(here, there, strict=True))
    else:
        pairs = [(a, b) for a in _wholes(one) for b in _wholes(other) if a.shape == b.shape][:1]
        if not pairs:
            return None, False
    largest = max((float((a.double() - b.double()).abs().max()) for a, b in pairs if a.numel()), default=0.0)
    size = max((float(b.double().abs().max()) for _, b in pairs if b.numel()), default=0.0)
    dtype = one[0].dtype
    rounding = ROUNDINGS * torch.finfo(dtype).eps * max(size, torch.finfo(dtype).tiny) if dtype.is_floating_point else 0
    return largest, largest <= rounding


def _wholes(parts: Sequence[Tensor]) -> Iterator[Tensor]:
    """What the ranks' parts may be parts of."""
    if all(part.shape == parts[0].shape and torch.equal(part, parts[0]) for part in parts):
        yield parts[0].squeeze()
    for place in range(parts[0].dim()):
        others = {(*part.shape[:place], *part.shape[place + 1 :]) for part in parts}
        if len(others) == 1 and len({part.dim() for part in parts}) == 1:
            yield torch.cat(list(parts), place).squeeze()


def _names(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _kinds(calls: Sequence[Calls]) -> list[str]:
    return list(dict.fromkeys(kind for each in calls for kind in each))


def _called(language: str, kind: str) -> str:
    return said(language, N_("{call}: calls (numbers)"), call=kind)


def _shapes(values: Sequence[Any]) -> str:
    """`4 × (3, 8)` where all ranks have the same, else one after the other."""
    each = [str(tuple(value.shape)) if isinstance(value, Tensor) else repr(value)[:40] for value in values]
    return f"{len(each)} × {each[0]}" if len(each) > 1 and len(set(each)) == 1 else ", ".join(each)


def _count(calls: Sequence[Calls], kind: str) -> str:
    each = ["{} ({})".format(*one[kind]) if kind in one else "0" for one in calls]
    return each[0] if len(set(each)) == 1 else ", ".join(each)


def _outcome(passed: bool, heading: str, rows: Table, language: str) -> Outcome:
    look = PASSED if passed else FAILED
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    text = "\n".join([f"{look.sign} {heading}", *(f"  {line}" for line in lines)])
    return Outcome(framed(look, heading, language, _html(rows)), text)


def _html(rows: Table) -> str:
    top = "".join(f'<th scope="col" style="{CELL}; font-weight: 600">{escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        f'<tr style="background: none"><th scope="row" style="{CELL}; font-weight: 400"><code>{escape(first)}</code>'
        f"</th>" + "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in rest) + "</tr>"
        for first, *rest in rows[1:]
    )
    return (
        f'<table style="{ROW}; border-collapse: collapse; border: 0; font-size: 13px">'
        f'<tr style="background: none">{top}</tr>{body}</table>'
    )
