"""A function of a notebook as it goes to other processes: as text, with the text of what it uses.

Texts, and no pickled code: a process of its own has no `__main__` to find functions in, lines keep their numbers in
the cell, and nothing is needed for it that the course doesn't have.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import linecache
import symtable
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import torch
import torch.distributed

from grader.lab.messages import N_, Message, message
from grader.processes.plain import NotPlain, packed

NOTEBOOK = "__main__"


class CannotTravel(Exception):
    """A function can't go to other processes; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.render())
        self.message = message


@dataclass(frozen=True)
class Text:
    """Code to be executed: `line` is where it begins in its cell."""

    name: str
    source: str
    line: int = 1

    @property
    def file(self) -> str:
        """The name that it is compiled under."""
        return f"<{self.name}>"

    def at(self, line: int) -> str:
        """That line of the cell."""
        lines = self.source.splitlines()
        return lines[line - self.line].strip() if 0 <= line - self.line < len(lines) else ""

    def define(self, namespace: dict[str, Any]) -> None:
        """Execute it."""
        placed = "\n" * (self.line - 1) + self.source
        linecache.cache[self.file] = (len(placed), None, placed.splitlines(keepends=True), self.file)
        exec(compile(placed, self.file, "exec", dont_inherit=True), namespace)


@dataclass(frozen=True)
class Program:
    """What a process needs to call a function: `imports` are (name, module, name there or nothing)."""

    function: str
    texts: tuple[Text, ...] = ()
    imports: tuple[tuple[str, str, str], ...] = ()
    values: dict[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """The program as plain data."""
        return asdict(self)

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Program:
        """The program that such data holds."""
        return Program(**{**data, "texts": tuple(Text(**text) for text in data["texts"])})

    def namespace(self) -> dict[str, Any]:
        """The function, and all that it uses, by name."""
        made: dict[str, Any] = {"__name__": NOTEBOOK, "__builtins__": __builtins__}
        made |= {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "dist": torch.distributed}
        for name, module, inside in self.imports:
            found = importlib.import_module(module)
            for part in inside.split(".") if inside else ():
                found = getattr(found, part)
            made[name] = found
        made |= self.values
        for text in self.texts:
            text.define(made)
        return made


def program_of(function: Any) -> Program:
    """The program that calls this function of the notebook.

    Raises:
        CannotTravel: it, or something that it uses, can't go to other processes.
    """
    if not isinstance(function, FunctionType):
        said = type(function).__name__
        raise CannotTravel(message(N_("give a function, by its name and without brackets; this is {type}"), type=said))
    carried = _Carried(function.__name__)
    carried.take(function.__name__, function)
    return Program(function.__name__, tuple(carried.texts.values()), tuple(carried.imports), carried.values)


class _Carried:
    """All that a function uses, found by way of the names in its text; what is used comes before what uses it."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._seen: set[str] = set()
        self.texts: dict[str, Text] = {}
        self.imports: list[tuple[str, str, str]] = []
        self.values: dict[str, Any] = {}

    def take(self, name: str, value: Any) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        if isinstance(value, (FunctionType, type)) and value.__module__ == NOTEBOOK:
            text = self._text(name, value)
            known = _code_of(value)[0].__globals__
            for used in _used(text.source):
                if used in known and used != name:
                    self.take(used, known[used])
            self.texts[name] = text
        elif (place := _place(name, value)) is not None:
            self.imports.append((name, *place))
        else:
            try:
                packed(value)
            except NotPlain:
                raise CannotTravel(
                    message(
                        N_("{function} uses {name}, and {type} can't go to another process: make it inside the "
                           "function"),
                        function=self._function, name=name, type=type(value).__name__,
                    )
                ) from None  # fmt: skip
            self.values[name] = value

    def _text(self, name: str, value: Any) -> Text:
        for function in _code_of(value):
            source = "".join(linecache.getlines(function.__code__.co_filename))
            try:
                nodes = ast.parse(source).body
            except SyntaxError:
                continue
            for node in nodes:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == value.__name__ == name:
                    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                    if first <= function.__code__.co_firstlineno <= (node.end_lineno or first):
                        lines = source.splitlines(keepends=True)[first - 1 : node.end_lineno]
                        return Text(name, "".join(lines), first)
        raise CannotTravel(
            message(
                N_("{name} goes to other processes as text: define it in a cell, at the left edge, as `def` or "
                   "`class` {name}"),
                name=name,
            )
        )  # fmt: skip


def _code_of(value: Any) -> list[FunctionType]:
    """The function as it was written, or the functions of a class."""
    if isinstance(value, FunctionType):
        inner = inspect.unwrap(value)
        return [inner if isinstance(inner, FunctionType) else value]
    parts = (getattr(part, "__func__", part) for part in vars(value).values())
    found = [part for part in parts if isinstance(part, FunctionType) and part.__module__ == NOTEBOOK]
    if not found:
        said = N_("the class {name} has no function of its own, and can't go to another process")
        raise CannotTravel(message(said, name=value.__name__))
    return found


def _used(source: str) -> set[str]:
    """The names of the notebook that a text mentions."""
    return set(_global_names(symtable.symtable(source, "text", "exec")))


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    for name in table.get_symbols():
        if name.is_global() or (table.get_type() == "module" and name.is_referenced()):
            yield name.get_name()
    for inner in table.get_children():
        yield from _global_names(inner)


def _place(name: str, value: Any) -> tuple[str, str] | None:
    """The module that has the value, and the value's name there; None where it has to go along as it is."""
    if isinstance(value, ModuleType):
        return value.__name__, ""
    for module, inside in (
        (getattr(value, "__module__", None), getattr(value, "__qualname__", None)),
        (type(value).__module__, name),
    ):
        if isinstance(module, str) and isinstance(inside, str) and module != NOTEBOOK:
            found: Any = sys.modules.get(module)
            for part in inside.split("."):
                found = getattr(found, part, None)
            if found is value and found is not None:
                return module, inside
    return None
