"""Cases: what one run of a student's cells is tried on. Public, but for the values, which are drawn fresh."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

import torch

DTYPES = {"float32": torch.float32, "float64": torch.float64}
DEVICES = ("cpu", "cuda")
LARGEST, MOST_SIZES, MOST_RANKS, LONGEST_NAME = 1 << 20, 100, 64, 100
# Where `size` rows are cut for `world` ranks: at `size * rank // world`, or as torch.chunk cuts.
FLOOR, CHUNK = "floor", "chunk"

Size = int | tuple[int, ...]


class Values(Enum):
    """How a case's numbers are drawn."""

    NORMAL = "normal"
    LARGE = "large numbers"
    POSITIVE = "large positive numbers"
    NEGATIVE = "small negative numbers"
    NARROW = "narrow integers"
    WIDE = "wide integers"


@dataclass(frozen=True)
class Case:
    """Sizes and numbers by name, precision, device and kind of values of one run.

    `world` is over how many devices or ranks sizes are cut, `layout` where: `floor` or `chunk`. A size may be a tuple
    of sizes. `case["in_features"]` finds a size or a number by its name.
    """

    sizes: Mapping[str, Size]
    numbers: Mapping[str, float] = field(default_factory=dict)
    dtype: torch.dtype = torch.float64
    device: str = "cpu"
    values: Values = Values.NORMAL
    world: int = 1
    layout: str = FLOOR

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", MappingProxyType(dict(self.sizes)))
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))

    def __hash__(self) -> int:
        named = (frozenset(self.sizes.items()), frozenset(self.numbers.items()))
        return hash((*named, self.dtype, self.device, self.values, self.world, self.layout))

    def __getitem__(self, name: str) -> Any:
        return self.sizes[name] if name in self.sizes else self.numbers[name]

    @property
    def name(self) -> str:
        """For example `batch_size 3, in_features 11, lr 0.05, float64 on cpu`."""
        words = [self.sizes_named, f"{self.dtype_name} on {self.device}"]
        words += [f"{self.world} ranks"] if self.world > 1 else []
        words += [self.layout] if self.layout != FLOOR else []
        return ", ".join(words + ([self.values.value] if self.values is not Values.NORMAL else []))

    @property
    def sizes_named(self) -> str:
        """Sizes and numbers alone, by the lab's own names."""
        named = [*self.sizes.items(), *((name, f"{number:g}") for name, number in self.numbers.items())]
        return ", ".join(f"{name} {value}" for name, value in named)

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    @property
    def ranks(self) -> range:
        return range(self.world)

    def part(self, size: int, rank: int) -> tuple[int, int]:
        """The first row of a rank's part of `size` rows, and how many it has; with `chunk` the last may have none."""
        if self.layout == CHUNK:
            rows = -(-size // self.world)
            first, end = min(rank * rows, size), min((rank + 1) * rows, size)
        else:
            first, end = size * rank // self.world, size * (rank + 1) // self.world
        return first, end - first

    def laid_out(self, layout: str) -> Case:
        """The same, cut in that way."""
        return self if layout == self.layout else replace(self, layout=layout)

    def in_fp32(self) -> Case:
        """The same in single precision."""
        return replace(self, dtype=torch.float32)

    def on(self, device: str) -> Case:
        """The same on another of torch's devices."""
        return replace(self, device=device)

    def to_plain(self) -> dict[str, Any]:
        """The case as JSON-able data."""
        sizes = {name: list(size) if isinstance(size, tuple) else size for name, size in self.sizes.items()}
        return {
            "sizes": sizes, "numbers": dict(self.numbers), "dtype": self.dtype_name, "device": self.device,
            "values": self.values.value, "world": self.world, "layout": self.layout,
        }  # fmt: skip

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> Case:
        """The case that such data holds. A kernel may have made it: nothing in it is looked up or kept unseen. Raises
        ValueError, TypeError, KeyError, AttributeError: it holds none."""
        sizes, numbers = plain["sizes"], plain["numbers"]
        if len(sizes) > MOST_SIZES or len(numbers) > MOST_SIZES or plain["device"] not in DEVICES:
            raise ValueError("not a case")
        made = Case(
            {_name(name): tuple(size[:MOST_SIZES]) if isinstance(size, list) else size for name, size in sizes.items()},
            {_name(name): number for name, number in numbers.items()},
            DTYPES[plain["dtype"]],
            plain["device"],
            Values(plain["values"]),
            plain["world"],
            plain["layout"],
        )
        if not all(type(size) is int and 0 < size <= LARGEST for size in _flat(made.sizes)):
            raise ValueError("not sizes")
        if not all(type(number) is float and math.isfinite(number) for number in made.numbers.values()):
            raise ValueError("not numbers")
        if type(made.world) is not int or not 0 < made.world <= MOST_RANKS or made.layout not in (FLOOR, CHUNK):
            raise ValueError("not a case")
        return made


def on_every_device(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases, and all of them on CUDA where there is one."""
    return cases + tuple(case.on("cuda") for case in cases) if torch.cuda.is_available() else cases


def _name(name: Any) -> str:
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise ValueError("not a name")
    return name


def _flat(sizes: Mapping[str, Size]) -> Iterator[int]:
    for size in sizes.values():
        yield from size if isinstance(size, tuple) else (size,)
