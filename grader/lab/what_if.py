"""What if the layer were one of a large model's? The models whose sizes a lab asks about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.lab.case import Case


@dataclass(frozen=True)
class Model:
    """A model: its name, the sizes of its largest matrix, and how many such matrices it has."""

    name: str
    rows: int
    columns: int
    matrices: int


@dataclass(frozen=True)
class WhatIf:
    """The models, the sections by one task of each, the case that a model and a batch size make, and what each
    section's way of computing is called, for people."""

    models: tuple[Model, ...]
    tasks: tuple[str, ...]
    case: Callable[[Model, int], Case]
    ways: Mapping[str, str]
