"""The ledger of one task: where each tensor lives, what crosses between devices, and what breaks the rule.

Every storage has a home: the set of devices that hold it. `*_gpu1` starts on device 1, everything without such a name
on both. The home of a result is what its inputs' homes have in common; where they share none, the operation is
communication and its result lies on both devices. The rule of the course then reads:

1. nothing that a task reads or makes is larger than one shard;
2. only activations cross: no weights, no weight gradients, and in all no more numbers than a few activations;
   Nor are the weights of both devices copied out of torch (numpy, pickle);
3. a matrix product never mixes devices: data has to be moved first;
4. a weight shard or its gradient, `name_gpuK`, is made on device K.

Sizes tell weights from activations only where the batch is much smaller than both features (`Challenge.sizes_decide`);
elsewhere points 2 (by provenance) to 4 are still decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from torch import Tensor

from grader.judge.budget import tensors_in
from grader.judge.challenge import Challenge
from grader.judge.lab import device_of
from grader.judge.messages import N_, Message, message
from grader.judge.operations import (
    MULTIPLICATIONS,
    PRODUCT_NAMES,
    PRODUCT_PLUS,
    UnknownOperation,
    base_name,
    resolve,
    written_arguments,
)
from grader.judge.replay import Step
from grader.judge.trace import LEAVES, Node

Home = frozenset[int]
DEVICES: Home = frozenset({1, 2})
WEIGHTS = ("W", "dW")


@dataclass(frozen=True)
class Crossing:
    """One operation whose inputs share no device: the numbers that it moves and the student's line."""

    operation: str
    numbers: int
    line: int
    code: str


@dataclass(frozen=True)
class Limits:
    """In numbers: the larger shard, by how much a storage may exceed it, and the most that may cross in one task."""

    shard: int
    margin: int
    crossing: int

    @staticmethod
    def of(challenge: Challenge, shard_dim: int) -> Limits | None:
        """The limits of a challenge, or None where sizes cannot decide."""
        if not challenge.sizes_decide:
            return None
        fan_in, fan_out = challenge.in_features, challenge.out_features
        rows, other = (fan_out, fan_in) if shard_dim == 0 else (fan_in, fan_out)
        larger = (rows - rows // 2) * other
        crossing = 4 * challenge.batch_size * (fan_in + fan_out)
        return Limits(shard=larger, margin=max(rows, other), crossing=crossing)


@dataclass
class Ledger:
    """Follows one task's replay step by step; afterwards `violations` and `crossings` say what happened."""

    limits: Limits | None
    homes: dict[int, Home] = field(default_factory=dict)
    weights: set[int] = field(default_factory=set)
    crossings: list[Crossing] = field(default_factory=list)
    violations: list[Message] = field(default_factory=list)
    _ruled: bool = True
    _outside: Home = frozenset()
    _everywhere: dict[int, tuple[int, Node]] = field(default_factory=dict)
    _held: list[Tensor] = field(default_factory=list)

    def begin(self, inputs: Mapping[str, Tensor], ruled: bool = True) -> None:
        """Open the book of a task that starts from these tensors; `ruled` says whether the rule holds in it."""
        self._ruled = ruled
        self.crossings.clear()
        self.violations.clear()
        self._outside = frozenset()
        self._everywhere.clear()
        for name, tensor in inputs.items():
            self.homes[_storage(tensor)] = DEVICES
            if name.startswith(WEIGHTS):
                self.weights.add(_storage(tensor))
        self.place(inputs)

    def place(self, tensors: Mapping[str, Tensor]) -> None:
        """Put every `name_gpuK` that has memory of its own on device K."""
        for name, tensor in tensors.items():
            self._held.append(tensor)
            device = device_of(name)
            if device is not None and tensor.untyped_storage().nbytes() == tensor.nbytes:
                self.homes[_storage(tensor)] = frozenset({device})

    def home(self, tensor: Tensor) -> Home:
        """The devices that hold a tensor."""
        return self.homes.get(_storage(tensor), DEVICES)

    def watch(self, step: Step) -> None:
        """Enter one replayed operation."""
        self._check_sizes(step)
        if step.node.operation == LEAVES:
            self._leave(step)
        elif base_name(step.node.operation).startswith(("_foreach", "_fused")):
            for arguments, results in _lanes(step):
                self._enter(step.node, arguments, results)
        else:
            arguments = list(tensors_in([list(step.arguments), list(step.keywords.values())]))
            self._enter(step.node, arguments, step.results)

    def misplaced(self, outputs: Iterable[tuple[str, Tensor]]) -> Message | None:
        """What to say where a weight shard or its gradient, `name_gpuK`, was not made on device K, or where the parts
        of a full gradient were made on both."""
        outputs = tuple(outputs)
        shared = self._parts_on_both(_storage(tensor) for name, tensor in outputs if device_of(name) is not None)
        if shared is not None:
            return shared
        for name, tensor in outputs:
            device = device_of(name)
            if self._is_homeless(tensor):
                return message(
                    N_("{name} was made from weights that lie on no one device: keep them as W_gpu1 and W_gpu2 only"),
                    name=name,
                )  # fmt: skip
            if device is not None and name.startswith(WEIGHTS) and device not in self.home(tensor):
                other = min(self.home(tensor))
                return message(
                    N_("{name} was made on device {other}, from what only device {other} has: use its own shard"),
                    name=name, other=other,
                )  # fmt: skip
        return None

    def _enter(self, node: Node, arguments: list[Tensor], results: Iterable[Tensor]) -> None:
        self._held.extend(results)
        home = _common(self.home(tensor) for tensor in arguments)
        written = _written(node, arguments)
        if self._ruled and any(self._is_homeless(tensor) for tensor in arguments):
            self._violate(
                node,
                N_("line {line}, `{code}`: uses weights that lie on no one device: keep them as W_gpu1 and W_gpu2 "
                   "only"),
            )
        if not home:
            home = DEVICES
            self._cross(node, arguments)
        elif home == DEVICES and base_name(node.operation) in PRODUCT_NAMES:
            self._everywhere |= {_storage(tensor): (tensor.numel(), node) for tensor in (*written, *results)}
        for tensor in written:
            self.homes[_storage(tensor)] = home
        for tensor in results:
            if all(_storage(tensor) != _storage(argument) for argument in arguments):
                self.homes[_storage(tensor)] = home
        for tensor in (*written, *results):
            if self._makes_weights(node, arguments, tensor):
                self.weights.add(_storage(tensor))

    def _parts_on_both(self, own: Iterable[int]) -> Message | None:
        """A gradient made of data that both devices have lies on both; its parts count together, all but the shards
        that belong to one device by name."""
        placed = set(own)
        parts = [part for storage, part in self._everywhere.items() if storage not in placed]
        total = sum(numbers for numbers, _ in parts)
        if self.limits is None or total <= self.limits.shard + self.limits.margin:
            return None
        node = parts[-1][1]
        return message(
            N_("line {line}, `{code}`: both devices by now hold {numbers} numbers made from data that both have; a "
               "shard has {shard}: make each gradient from its own device's X_gpu or dY"),
            line=node.line, code=node.code, numbers=total, shard=self.limits.shard,
        )  # fmt: skip

    def _is_homeless(self, tensor: Tensor) -> bool:
        return tensor.numel() > 1 and _storage(tensor) in self.weights and self.home(tensor) == DEVICES

    def _makes_weights(self, node: Node, arguments: list[Tensor], result: Tensor) -> bool:
        """Whether what comes out still is weights: all but their products with data, and of those all that are made
        where W itself may be used."""
        many = [tensor for tensor in arguments if tensor.numel() > 1]
        weights = [tensor.numel() for tensor in many if _storage(tensor) in self.weights]
        if not weights or result.numel() <= 1:
            return False
        if len(weights) == len(many) or not self._ruled:
            return True
        name = base_name(node.operation)
        return name not in PRODUCT_NAMES and not (name in MULTIPLICATIONS and result.numel() > max(weights))

    def _leave(self, step: Step) -> None:
        for tensor in tensors_in(list(step.arguments)):
            if _storage(tensor) in self.weights:
                self._outside |= self.home(tensor)
        if self._outside >= DEVICES:
            self._violate(
                step.node, N_("line {line}, `{code}`: the weights of both devices are copied out of torch together")
            )

    def _cross(self, node: Node, arguments: list[Tensor]) -> None:
        name = base_name(node.operation)
        moving = arguments
        if name in PRODUCT_PLUS and _common(self.home(tensor) for tensor in arguments[1:3]):
            moving = arguments[:1]  # a product at home, plus a sum over devices
        elif name in PRODUCT_NAMES:
            self._violate(
                node,
                N_("line {line}, `{code}`: multiplies tensors of different devices; move an activation first"),
            )
            return
        if any(_storage(tensor) in self.weights and tensor.numel() > 1 for tensor in moving):
            self._violate(
                node, N_("line {line}, `{code}`: weights or their gradients cross devices; only activations may")
            )
            return
        self.crossings.append(Crossing(name, sum(tensor.numel() for tensor in moving), node.line, node.code))
        moved = sum(crossing.numbers for crossing in self.crossings)
        if self.limits is not None and moved > self.limits.crossing:
            self._violate(
                node,
                N_("line {line}, `{code}`: {moved} numbers have crossed devices by now; activations alone are fewer "
                   "than {limit}"),
                moved=moved, limit=self.limits.crossing,
            )  # fmt: skip

    def _check_sizes(self, step: Step) -> None:
        if self.limits is None:
            return
        for tensor in (*tensors_in([list(step.arguments), list(step.keywords.values())]), *step.results):
            numbers = tensor.untyped_storage().nbytes() // tensor.element_size()
            if numbers > self.limits.shard + self.limits.margin:
                self._violate(
                    step.node,
                    N_("line {line}, `{code}`: {numbers} numbers on one device; a shard has {shard}, the full matrix "
                       "must not be there"),
                    numbers=numbers, shard=self.limits.shard,
                )  # fmt: skip
                return

    def _violate(self, node: Node, template: str, **facts: object) -> None:
        self.violations.append(message(template, line=node.line, code=node.code, **facts))


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _common(homes: Iterable[Home]) -> Home:
    common = DEVICES
    for home in homes:
        common &= home
    return common


def _written(node: Node, arguments: list[Tensor]) -> list[Tensor]:
    """Tensors that the operation writes into: in torch's schemas `self` comes first and `out` last."""
    try:
        positions = written_arguments(resolve(node.operation))
    except UnknownOperation:
        return []  # only operations that read are followed without being replayed
    if not positions or not arguments:
        return []
    return [arguments[0]] if positions[0][0] == 0 else arguments[-len(positions) :]


def _lanes(step: Step) -> list[tuple[list[Tensor], list[Tensor]]]:
    """The i-th tensors of each list of a `_foreach` or `_fused` operation, which works on each i alone."""
    lists: list[list[Tensor]] = [list(tensors_in(item)) for item in step.arguments if isinstance(item, list)]
    results: list[Any] = list(step.results) or []
    lanes = [[tensor for tensor in lane if tensor is not None] for lane in zip_longest(*lists)]
    return [(lane, [results[i]] if i < len(results) else []) for i, lane in enumerate(lanes)]
