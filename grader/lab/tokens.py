"""Token ids: whole numbers that find rows of a matrix which devices or ranks share."""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab.case import Case
from grader.lab.messages import N_, message


def tokens(case: Case, vocabulary: int, generator: torch.Generator, *shape: int) -> Tensor:
    """Ids below `vocabulary`, (shape), int64: the first and the last row of every rank's shard are among them, and how
    many ids each rank has follows from the sizes alone, so that what is picked by a mask has the same shape each time.

    Raises:
        ValueError: there are too few places for the first and last rows.
    """
    parts = [case.part(vocabulary, rank) for rank in case.ranks]
    parts = [(first, rows) for first, rows in parts if rows]
    edges = [sorted({first, first + rows - 1}) for first, rows in parts]
    count = int(torch.Size(shape).numel())
    needed = sum(map(len, edges))
    if count < needed:
        said = message(
            N_("{count} ids are too few: with {ranks} ranks the first and last rows alone are {needed}"),
            count=count, ranks=len(parts), needed=needed,
        )  # fmt: skip
        raise ValueError(said.render())
    drawn = []
    for place, (first, rows) in enumerate(parts):
        own = (count - needed) // len(parts) + (place < (count - needed) % len(parts))
        inside = torch.randint(first, first + rows, (own,), generator=generator, device="cpu")
        drawn.append(torch.cat((torch.tensor(edges[place], device="cpu"), inside)))
    whole = torch.cat(drawn)
    return whole[torch.randperm(count, generator=generator, device="cpu")].reshape(shape)
