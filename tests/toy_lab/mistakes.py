"""The named bug of the toy lab."""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab import N_, Mistake, Situation, each


def _alone(s: Situation, name: str) -> Tensor:
    logits = s["X"] @ s[f"gate_gpu{s.device(name)}"].T
    return torch.softmax(logits, 1)


FORWARD: tuple[Mistake, ...] = (
    each(
        "softmax-of-one-device",
        N_(": it looks like each device's softmax over its own classes in {names}; the largest logit and the sum are "
           "those of all classes"),
        _alone,
    ),
)  # fmt: skip
