"""A column-parallel and a row-parallel step as functions that every rank runs, and how a solution edits them."""

from __future__ import annotations

from dataclasses import dataclass

COLUMN_STEP = '''import torch.distributed as dist

def column_step(X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    edges = [out_ch * rank // n for rank in range(n + 1)]
    lo, hi = edges[r], edges[r + 1]
    # ----FORWARD----
    Y_loc = X @ W.T + b
    Y_sh = [X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(n)]
    dist.all_gather(Y_sh, Y_loc)
    Y = torch.cat(Y_sh, 1)
    # ----BACKWARD----
    dY = 2 * (Y - Y_gt) / (batch * out_ch)
    dY_loc = dY[:, lo:hi]
    dX = dY_loc @ W
    dist.all_reduce(dX)
    dW = dY_loc.T @ X
    db = dY_loc.sum(dim=0)
    # ----UPDATE----
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
'''

ROW_STEP = '''import torch.distributed as dist

def row_step(X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    # ----FORWARD----
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    # ----BACKWARD----
    dY = 2 * (Y - Y_gt) / (batch * out_ch)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(dim=0)
    # ----UPDATE----
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
'''

STEPS = {"column": COLUMN_STEP, "row": ROW_STEP}


@dataclass(frozen=True)
class Solution:
    """One solution: the section whose step it writes, its text, and for a wrong one what the message has to say.

    `even` says that gloo takes its calls only where all shards have one shape.
    """

    id: str
    section: str
    source: str
    says: str = ""
    even: bool = False

    @property
    def task(self) -> str:
        return f"{self.section}.step"

    @property
    def function(self) -> str:
        return f"{self.section}_step"


def edited(section: str, *edits: tuple[str, str]) -> str:
    """The section's step with pieces of its text replaced; each has to be there."""
    source = STEPS[section]
    for old, new in edits:
        assert old in source, f"{old!r} is not in the {section} step"
        source = source.replace(old, new)
    return source
