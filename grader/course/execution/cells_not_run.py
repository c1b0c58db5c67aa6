"""Which code cells of a notebook aren't run when it is graded: no points hang on them."""

import re
import symtable
import unicodedata
from functools import cache

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

AFTER = "%%after"  # the first line of a given cell that only shows something, once those tasks are solved
TAG = "only-shows"  # on any other given cell that does
STAR = re.compile(r"\bimport[\s\\]*\*")  # makes names that nobody can tell


def cells_not_run(nb: NotebookNode) -> frozenset[int]:
    """The places of the code cells that need not run.

    These are the cells behind the last graded one, and given cells that only show something: by their first line or by
    a tag. Such a cell is run all the same if one below it that is run, or one that defines functions, whoever wrote it,
    mentions a name that it makes.
    """
    last = last_graded(nb)
    found = {place for place, cell in enumerate(nb.cells) if cell.cell_type == "code" and place > last}
    # a function's names are looked up when it is called
    mentioned = set().union(*(_words(cell.source) for cell in nb.cells[: last + 1] if _defines(cell)))
    for place in range(min(last, len(nb.cells) - 1), -1, -1):
        cell = nb.cells[place]
        if cell.cell_type != "code":
            continue
        if only_shows(cell) and not STAR.search(cell.source) and not _makes(cell.source) & mentioned:
            found.add(place)
        else:
            mentioned |= _words(cell.source)
    return frozenset(found)


def last_graded(nb: NotebookNode) -> int:
    """The place of the last code cell that is a student's answer or its check."""
    places = [
        place
        for place, cell in enumerate(nb.cells)
        if cell.cell_type == "code" and (is_grade(cell) or is_solution(cell))
    ]
    return max(places, default=len(nb.cells))


def only_shows(cell: NotebookNode) -> bool:
    """Whether the lab says of this given cell that nothing graded rests on it."""
    locked = cell.metadata.get("nbgrader", {}).get("locked") and not is_grade(cell)
    return bool(locked) and (_begins_after(cell.source) or TAG in cell.metadata.get("tags", []))


def _defines(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and not only_shows(cell) and bool(_words(cell.source) & {"def", "lambda", "class"})


def _begins_after(text: str) -> bool:
    return text.split()[:1] == [AFTER]


@cache
def _makes(text: str) -> set[str]:
    """The names that a given cell makes; all that it mentions, if it isn't plain Python."""
    python = text.lstrip().partition("\n")[2] if _begins_after(text) else text
    try:
        table = symtable.symtable(python, "given cell", "exec")
    except SyntaxError:
        return _words(text)
    return _made_in(table)


def _made_in(table: symtable.SymbolTable) -> set[str]:
    """The notebook's names that are made at the top, or further inside by way of `global`."""
    made = {
        name.get_name()
        for name in table.get_symbols()
        if (name.is_assigned() or name.is_imported()) and (table.get_type() == "module" or name.is_declared_global())
    }
    return made.union(*map(_made_in, table.get_children()))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))
