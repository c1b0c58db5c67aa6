"""One task's ledger: what was done, who held what, what crossed, and what broke the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.judge.ledger.collectives import Collective
from grader.judge.ledger.contents import GRADIENT, WEIGHT, Contents, Flow, Parameter, flow
from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.homes import DEVICES, Home, Homes, home_of, origins_after
from grader.judge.ledger.liveness import Moment, held
from grader.lab.messages import Message
from grader.lab.variables import Naming, Role


@dataclass(frozen=True)
class Violation:
    """A broken point of the rule: what to say, which entry broke it (counted from 0), and the student's line."""

    message: Message
    entry: int
    line: int


@dataclass(frozen=True)
class PlacedTensor:
    """A named tensor, the devices that it lies on, and what it is."""

    name: str
    shape: tuple[int, ...]
    devices: Home
    look: Role = Role.OTHER


@dataclass(frozen=True)
class Ledger:
    """Read off one task's replay; data only, nothing of it is drawn or judged yet.

    Attributes:
        entries: the operations in order.
        inputs: the named tensors that the task started from; `outputs` those that it was to make; `others` those that
            it left in variables besides.
        homes_before: the devices of each storage when it began; `homes_along` what each entry changed.
        previous: the ledger of the task before it, whose storages may live on.
        collectives: what crossed, as a person would count it.
        violations: where the rule was broken, in order; `misplaced` says which output is on the wrong device.
        names: who a variable is.
    """

    entries: tuple[Entry, ...]
    inputs: Mapping[str, Piece]
    outputs: Mapping[str, Piece]
    others: Mapping[str, Piece]
    homes_before: Homes
    homes_along: tuple[Homes, ...]
    previous: Ledger | None
    collectives: tuple[Collective, ...]
    violations: tuple[Violation, ...]
    misplaced: Message | None
    names: Naming

    @property
    def fault(self) -> Message | None:
        """What to say about the rule, or None where it was kept."""
        return self.violations[0].message if self.violations else self.misplaced

    @cached_property
    def held(self) -> tuple[Moment, ...]:
        """What each device holds of the weights and of their gradient, before the task and at each of its steps."""
        named = {**self.inputs, **self.others, **self.outputs}
        kept = {piece.storage for piece in (*self.inputs.values(), *named.values())}
        homes, contents = (self.homes_before, self.homes_along), (self._contents_at_start, self._flow)
        return held(self.entries, homes, contents, kept, self._placed(named))

    @cached_property
    def before(self) -> tuple[PlacedTensor, ...]:
        """The named tensors at the start of the task and where they lie."""
        return self._placed_tensors(self.inputs, self.homes_before)

    @cached_property
    def after(self) -> tuple[PlacedTensor, ...]:
        """The named tensors at its end and where they lie."""
        named = {**self.inputs, **self.others, **self.outputs}
        # what has something from every device, and no device in its name, came about by communication
        everywhere = {
            piece.storage: DEVICES
            for name, piece in named.items()
            if self.names.home(name) is None and self.origins.get(piece.storage) == DEVICES
        }
        return self._placed_tensors(named, {**self.homes_after, **everywhere})

    @cached_property
    def full(self) -> int:
        """The numbers of all full weight matrices, as far as the task's inputs or outputs show them."""
        return max(sum(self._matrices(self.inputs).values()), sum(self._matrices(self.outputs).values()))

    @property
    def matrices(self) -> tuple[str, ...]:
        """How the lab calls these matrices."""
        return tuple(dict.fromkeys([*self._matrices(self.inputs), *self._matrices(self.outputs)]))

    @property
    def gradients(self) -> tuple[str, ...]:
        """How the lab calls their gradients, as far as the task is about them."""
        declared = self.names.declared
        known = [declared[name] for name in {**self.inputs, **self.outputs} if name in declared]
        return tuple(dict.fromkeys(var.of for var in known if var.ruled and var.role is Role.GRADIENT))

    @cached_property
    def shard(self) -> int:
        """The numbers of one device's shards of them: the device that has more."""
        on = dict.fromkeys(DEVICES, 0)
        for name, piece in {**self.inputs, **self.outputs}.items():
            device = self.names.home(name)
            if device in on and self.names.matrix(name) is not None:
                on[device] += piece.numbers
        return max(on.values()) or self.full

    def _placed(self, named: Mapping[str, Piece]) -> Homes:
        """Shards made of data that both devices have lie where their names say."""
        alone = {name: piece for name, piece in named.items() if piece.of == piece.numbers}
        return {
            piece.storage: frozenset({device})
            for name, piece in alone.items()
            if (device := self.names.home(name)) is not None and home_of(piece, self.homes_after) == DEVICES
        }

    @cached_property
    def homes_after(self) -> Homes:
        """The devices of each storage when the task is over."""
        homes = dict(self.homes_before)
        for changed in self.homes_along:
            homes.update(changed)
        return homes

    @cached_property
    def origins(self) -> Homes:
        """The devices that each storage has something from when the task is over."""
        homes, found = dict(self.homes_before), dict[int, Home]()
        for entry, changed in zip(self.entries, self.homes_along, strict=True):
            found.update(origins_after(entry, homes, found))
            homes.update(changed)
        return found

    @property
    def contents_after(self) -> Contents:
        """What each storage holds of the weights when the task is over."""
        return {**self._flow.after, **self._named_weights(self.outputs)}

    @cached_property
    def _contents_at_start(self) -> Contents:
        before = self.previous.contents_after if self.previous else {}
        return {**before, **self._named_weights(self.inputs)}

    @cached_property
    def _flow(self) -> Flow:
        return flow(self.entries, self._contents_at_start)

    def _named_weights(self, pieces: Mapping[str, Piece]) -> Contents:
        """Weights and their gradients that names tell of hold themselves, and all of themselves."""
        found: dict[int, dict[Parameter, int]] = {}
        for name, piece in pieces.items():
            role = self.names.ruled(name)
            if role is not None:
                kind = GRADIENT if role is Role.GRADIENT else WEIGHT
                found[piece.storage] = {Parameter(kind, name, piece.numbers): piece.numbers}
        return found

    def _matrices(self, pieces: Mapping[str, Piece]) -> dict[str, int]:
        """The numbers of each full matrix: itself, or its shards together."""
        matrices = {name: matrix for name in pieces if (matrix := self.names.matrix(name)) is not None}
        whole = {matrices[name]: pieces[name].numbers for name in matrices if self.names.home(name) is None}
        parts: dict[str, int] = {}
        for name, matrix in matrices.items():
            if self.names.home(name) is not None and matrix not in whole:
                parts[matrix] = parts.get(matrix, 0) + pieces[name].numbers
        return whole | parts

    def _placed_tensors(self, pieces: Mapping[str, Piece], homes: Homes) -> tuple[PlacedTensor, ...]:
        """By name where it says the device, else by home; weights that were made on the wrong device by home."""
        found = []
        for name, piece in pieces.items():
            device, home = self.names.home(name), home_of(piece, homes)
            by_home = device is None or (self.names.ruled(name) is not None and home != DEVICES)
            lies = home if by_home or device is None else frozenset({device})
            found.append(PlacedTensor(name, piece.shape, lies, self.names.look(name)))
        return tuple(found)
