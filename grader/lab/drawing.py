"""Fresh numbers for a case, float64 on the CPU, and token ids, from a generator."""

import torch
from torch import Tensor

from grader.lab.case import Case, Values
from grader.lab.messages import N_, message


def numbers(case: Case, generator: torch.Generator, *shape: int) -> Tensor:
    """Numbers of the case's kind, (shape): normal ones in its dtype's precision, made large or of one sign where it
    says so; narrow integers are -2 to 2, wide ones -4000 to 4000."""
    if case.values is Values.NARROW:
        return integers(-2, 2, generator, *shape)
    if case.values is Values.WIDE:
        return integers(-4000, 4000, generator, *shape)
    # the notebook may have another default device
    drawn = torch.randn(shape, generator=generator, dtype=case.dtype, device="cpu").double()
    return of_values(case.values, drawn)


def integers(low: int, high: int, generator: torch.Generator, *shape: int) -> Tensor:
    """Whole numbers from `low` to `high`, both included, (shape)."""
    return torch.randint(low, high + 1, shape, generator=generator, dtype=torch.float64, device="cpu")


def of_values(values: Values, normal: Tensor) -> Tensor:
    """Normally distributed numbers made large, or large or small and of one sign, where thresholds show."""
    match values:
        case Values.LARGE:
            return 1e6 * normal
        case Values.POSITIVE:
            return 1e6 * (normal.abs() + 0.5)
        case Values.NEGATIVE:
            return -1e-6 * (normal.abs() + 0.5)
    return normal


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
