"""Challenges: what one run of a student's cells is tried on. Public, but for the values, which are drawn fresh."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import torch

from grader.judge.messages import N_, Message, message

DTYPES = {"float32": torch.float32, "float64": torch.float64}
DEVICES = ("cpu", "cuda")
LARGEST, MOST_SIZES = 1 << 20, 100


class Values(Enum):
    """How a challenge's numbers are drawn."""

    NORMAL = "normal"
    LARGE = "large numbers"
    POSITIVE = "large positive numbers"
    NEGATIVE = "small negative numbers"
    NARROW = "narrow integers"
    WIDE = "wide integers"


class Cut(Enum):
    """Which device holds the extra row where a size is odd."""

    SECOND_LARGER = "n // 2 on device 1"
    FIRST_LARGER = "n - n // 2 on device 1"

    def first(self, size: int) -> int:
        """How many of `size` rows lie on device 1."""
        return size // 2 if self is Cut.SECOND_LARGER else size - size // 2


@dataclass(frozen=True)
class Challenge:
    """Shapes, hyperparameters, precision and device of one run; `cut` says where odd sizes are cut.

    `in_chs` are the sizes of the fp32 experiment, which other sections do not look at.
    """

    batch_size: int
    in_features: int
    out_features: int
    lr: float
    dtype: torch.dtype = torch.float64
    device: str = "cpu"
    values: Values = Values.NORMAL
    cut: Cut = Cut.SECOND_LARGER
    in_chs: tuple[int, ...] = (5, 8, 13)

    @property
    def name(self) -> str:
        """For example `batch 3, in 11, out 7, lr 0.05, float64 on cpu`."""
        dtype = str(self.dtype).removeprefix("torch.")
        sizes = f"batch {self.batch_size}, in {self.in_features}, out {self.out_features}"
        values = "" if self.values is Values.NORMAL else f", {self.values.value}"
        return f"{sizes}, lr {self.lr:g}, {dtype} on {self.device}{values}"

    def described(self) -> Message:
        """The same for people, in their language."""
        sizes = message(
            N_("batch {batch}, in {in_features}, out {out_features}, lr {lr}, {dtype} on {device}"),
            batch=self.batch_size,
            in_features=self.in_features,
            out_features=self.out_features,
            lr=f"{self.lr:g}",
            dtype=str(self.dtype).removeprefix("torch."),
            device=self.device,
        )
        said = SAID_OF_VALUES.get(self.values)
        return message(N_("{sizes}, {values}"), sizes=sizes, values=message(said)) if said else sizes

    @property
    def sizes_decide(self) -> bool:
        """Whether the batch is so small that an activation cannot be mistaken for a weight shard."""
        shard = self.in_features * self.out_features // 2
        return 4 * self.batch_size * (self.in_features + self.out_features) < shard

    def with_other_cut(self) -> Challenge | None:
        """The same with the extra row on the other device, or None where no size is odd."""
        if self.in_features % 2 == 0 and self.out_features % 2 == 0:
            return None
        return replace(self, cut=Cut.FIRST_LARGER)

    def in_fp32(self) -> Challenge:
        """The same in single precision."""
        return replace(self, dtype=torch.float32)

    def to_plain(self) -> dict[str, Any]:
        """The challenge as JSON-able data."""
        plain = {**vars(self), "dtype": str(self.dtype).removeprefix("torch.")}
        return plain | {"values": self.values.value, "cut": self.cut.value, "in_chs": list(self.in_chs)}

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> Challenge:
        """The challenge that such data holds. A kernel may have made it: nothing in it is looked up or kept unseen.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: it holds none.
        """
        made = Challenge(
            **{
                **plain,
                "dtype": DTYPES[plain["dtype"]],
                "values": Values(plain["values"]),
                "cut": Cut(plain["cut"]),
                "in_chs": tuple(plain["in_chs"][:MOST_SIZES]),
            }
        )
        sizes = (made.batch_size, made.in_features, made.out_features, *made.in_chs)
        if not all(type(size) is int and 0 < size <= LARGEST for size in sizes):
            raise ValueError("not sizes")
        if type(made.lr) is not float or not math.isfinite(made.lr) or made.device not in DEVICES:
            raise ValueError("not a challenge")
        return made


SAID_OF_VALUES = {
    Values.LARGE: N_("large numbers"),
    Values.POSITIVE: N_("large positive numbers"),
    Values.NEGATIVE: N_("small negative numbers"),
}
# shards are square where one size is twice the other
FP64 = (
    Challenge(3, 11, 7, 0.05),
    Challenge(1, 24, 12, 0.05, values=Values.NEGATIVE),
    Challenge(4, 12, 24, 0.05, values=Values.POSITIVE),
    Challenge(1, 96, 80, 0.05),  # so few that no weights, rounded and packed, would pass among what may cross
    Challenge(3, 55, 43, 0.05, values=Values.LARGE),
)
EXACT = (
    Challenge(4, 12, 16, 0.25, torch.float32, values=Values.NARROW),
    # all sizes alike: whoever guesses from shapes which way round a tensor lies, guesses wrong here
    Challenge(16, 16, 16, 0.25, torch.float32, values=Values.WIDE),
)
SOURCE = Challenge(32, 1024, 608, 0.3, torch.float32)


def exam_challenges() -> tuple[Challenge, ...]:
    """What every task is examined on: the source's shape, small awkward shapes, and all of it on CUDA where there is
    one."""
    on_cpu = (SOURCE, *FP64, *EXACT)
    if not torch.cuda.is_available():
        return on_cpu
    return on_cpu + tuple(replace(challenge, device="cuda") for challenge in on_cpu)
