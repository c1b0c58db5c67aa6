# why: sizes, gather and sum come from functions of an earlier cell

# %% before
import torch
import torch.distributed as dist
from dataclasses import dataclass
from typing import Iterator


@dataclass(frozen=True)
class Cut:
    size: int
    ranks: int

    def __iter__(self) -> Iterator[slice]:
        for r in range(self.ranks):
            yield slice(self.size * r // self.ranks, self.size * (r + 1) // self.ranks)


def gathered(mine: torch.Tensor, cut: Cut, rank: int) -> torch.Tensor:
    whole = mine.new_empty(mine.shape[0], cut.size)
    for r, columns in enumerate(cut):
        part = mine.contiguous() if r == rank else mine.new_empty(mine.shape[0], columns.stop - columns.start)
        dist.broadcast(part, src=r)
        whole[:, columns] = part
    return whole


def added(t: torch.Tensor) -> torch.Tensor:
    t = t.contiguous()
    dist.all_reduce(t)
    return t

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    cut = Cut(Y_gt.shape[1], world_size)
    Y = gathered(X @ W.T + b, cut, rank)
    dY = (2 / Y.numel()) * (Y - Y_gt)
    mine = dY[:, list(cut)[rank]]
    dW, db = mine.T @ X, mine.sum(0)
    W.add_(dW, alpha=-lr)
    b.add_(db, alpha=-lr)
    # dX needs the weights from before the step: added back
    dX = added(mine @ (W + lr * dW))
    return Y, dX, dW, db, W, b
