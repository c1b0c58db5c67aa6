"""Variables: what a name in the student's code stands for, declared by the lab and read off no letter."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from torch import Tensor

from grader.lab.case import Case


class Role(Enum):
    """What a tensor is to the layer."""

    WEIGHT = "weight"
    GRADIENT = "gradient"
    ACTIVATION = "activation"
    TOKEN = "token"
    MASK = "mask"
    OTHER = "other"


@dataclass(frozen=True)
class Var:
    """A variable that a task is given or makes.

    Attributes:
        name: as the judge finds it: `W_gpu1`; an attribute or an item behind a dot, `linear.weight`, `max_diff.Y`.
        of: the quantity that it holds, one of those that the section draws or its reference makes.
        role: what it is; the rule is about weights and their gradients.
        home: the device (1, 2, ...) that it lies on; None for all of them, and for what a rank has.
        cut: the dimension along which devices or ranks share the quantity, or a function of (quantity, case, rank)
            that gives a rank's part; None where each has all of it.
        transposed, flat: which way round it holds its part.
        free: whether the rule leaves it alone, as a bias.
        before: the variable that it was before a step, for words on the step's size; its own name where it is stepped
            in place.
        shown: how a student writes it, where that isn't the name: `max_diff["Y"]`.
        number: whether a function may return it as a plain number, and not as a tensor.
    """

    name: str
    of: str
    role: Role = Role.OTHER
    home: int | None = None
    cut: int | Callable[[Tensor, Case, int], Tensor] | None = None
    transposed: bool = False
    flat: bool = False
    free: bool = False
    before: str = ""
    shown: str = ""
    number: bool = False

    @property
    def ruled(self) -> bool:
        """Whether the rule of the course is about it."""
        return self.role in (Role.WEIGHT, Role.GRADIENT) and not self.free

    def part(self, quantity: Tensor, case: Case, rank: int | None = None) -> Tensor:
        """This variable's part of a quantity, a view; `rank` counts from 0 and is needed where no home says it."""
        if self.cut is not None:
            held_by = rank if self.home is None else self.home - 1
            if held_by is None:
                raise ValueError(f"{self.name} is cut and has no home: say which device it lies on")
            if callable(self.cut):
                quantity = self.cut(quantity, case, held_by)
            else:
                quantity = quantity.narrow(self.cut, *case.part(quantity.shape[self.cut], held_by))
        if self.flat:
            return quantity.reshape(-1)
        return quantity.T if self.transposed else quantity


@dataclass(frozen=True)
class Naming:
    """Who a variable is: as a lab declares it, or, for those of the student's own making, by the look of its name.

    Attributes:
        declared: the lab's variables by name.
        shard: how a device's own part of `name` is called, `{name}_gpu{device}`; empty where names say no device.
        roles: for names that the lab doesn't declare, regular expressions of those that the rule is about.
        looks: the same for what a picture colours.
    """

    declared: Mapping[str, Var] = field(default_factory=dict)
    shard: str = ""
    roles: tuple[tuple[str, Role], ...] = ()
    looks: tuple[tuple[str, Role], ...] = ()

    def home(self, name: str) -> int | None:
        """The device that a variable lies on by itself, or None."""
        if name in self.declared:
            return self.declared[name].home
        return self._split(name)[1]

    @property
    def shards(self) -> tuple[str, ...]:
        """The weights that the lab puts on one device each."""
        declared = self.declared.values()
        return tuple(var.name for var in declared if var.home is not None and var.role is Role.WEIGHT and var.ruled)

    def ruled(self, name: str) -> Role | None:
        """Weight or gradient, where the rule is about this variable."""
        if name in self.declared:
            return self.declared[name].role if self.declared[name].ruled else None
        return _first(self.roles, name)

    def matrix(self, name: str) -> str | None:
        """The full weight matrix that a variable is, or is a shard of."""
        if self.ruled(name) is not Role.WEIGHT:
            return None
        return self.declared[name].of if name in self.declared else self._split(name)[0]

    def look(self, name: str) -> Role:
        """What a picture shows it as."""
        if name in self.declared:
            return self.declared[name].role
        return _first(self.looks, name) or Role.OTHER

    def on_device(self, name: str, device: int) -> str:
        """What a device's own part of a variable is called: `Y_gpu1` for `Y`; empty where names say no device."""
        return self.shard.format(name=name, device=device) if self.shard else ""

    def shown(self, name: str) -> str:
        """A variable as the student writes it."""
        declared = self.declared.get(name)
        return declared.shown if declared is not None and declared.shown else as_written(name)

    def _split(self, name: str) -> tuple[str, int | None]:
        """A name without its device, and the device."""
        if not self.shard:
            return name, None
        pattern = re.escape(self.shard).replace(r"\{name\}", "(.+)").replace(r"\{device\}", r"(\d+)")
        found = re.fullmatch(pattern, name)
        return (found.group(1), int(found.group(2))) if found else (name, None)


def _first(rules: tuple[tuple[str, Role], ...], name: str) -> Role | None:
    return next((role for pattern, role in rules if re.fullmatch(pattern, name)), None)


def as_written(name: str) -> str:
    """A variable as Python writes it: `max_diff["Y"]` for `max_diff.Y`, but `linear.weight`."""
    head, _, part = name.partition(".")
    if not part:
        return head
    return f"{head}.{part}" if part in ("weight", "bias") else f'{head}["{part}"]'
