"""Right solutions: other collectives, other orders, handles, messages, autograd."""

from __future__ import annotations

from tests.judge.ranks.solutions import Solution, edited

GATHER = (
    "    Y_sh = [X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(n)]\n"
    "    dist.all_gather(Y_sh, Y_loc)\n"
    "    Y = torch.cat(Y_sh, 1)\n"
)
REDUCE = "    dist.all_reduce(dX)\n"
DW = "    dW = dY_loc.T @ X\n"
ROW_REDUCE = "    dist.all_reduce(Y)\n"
UPDATE = "    W -= lr * dW\n    b -= lr * db.unsqueeze(dim=0)\n    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)\n"

PADDED = """    most = max(edges[i + 1] - edges[i] for i in range(n))
    padded = torch.nn.functional.pad(Y_loc, (0, most - Y_loc.shape[1]))
    Y_sh = [torch.empty_like(padded) for _ in range(n)]
    dist.all_gather(Y_sh, padded)
    Y = torch.cat([Y_sh[i][:, : edges[i + 1] - edges[i]] for i in range(n)], 1)
"""
INTO_TENSOR = """    most = max(edges[i + 1] - edges[i] for i in range(n))
    padded = torch.zeros(most, batch, dtype=X.dtype)
    padded[: hi - lo] = Y_loc.T
    stacked = torch.empty(n * most, batch, dtype=X.dtype)
    dist.all_gather_into_tensor(stacked, padded)
    Y = torch.cat([stacked[i * most : i * most + edges[i + 1] - edges[i]] for i in range(n)]).T
"""
ZEROS_AND_SUM = """    Y = torch.zeros_like(Y_gt)
    Y[:, lo:hi] = Y_loc
    dist.all_reduce(Y)
"""
BROADCASTS = """    Y_sh = []
    for i in range(n):
        part = Y_loc.contiguous() if i == r else X.new_empty(batch, edges[i + 1] - edges[i])
        dist.broadcast(part, src=i)
        Y_sh.append(part)
    Y = torch.cat(Y_sh, 1)
"""
RING_GATHER = """    Y_sh = [Y_loc if i == r else X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(n)]
    for step in range(n - 1):
        mine, its = (r - step) % n, (r - step - 1) % n
        sent = dist.isend(Y_sh[mine], (r + 1) % n)
        dist.recv(Y_sh[its], (r - 1) % n)
        sent.wait()
    Y = torch.cat(Y_sh, 1)
"""
GATHER_AND_BROADCAST = """    most = max(edges[i + 1] - edges[i] for i in range(n))
    padded = torch.zeros(batch, most, dtype=X.dtype)
    padded[:, : hi - lo] = Y_loc
    if r == 0:
        Y_sh = [torch.empty_like(padded) for _ in range(n)]
        dist.gather(padded, Y_sh, dst=0)
        Y = torch.cat([Y_sh[i][:, : edges[i + 1] - edges[i]] for i in range(n)], 1)
    else:
        dist.gather(padded, dst=0)
        Y = torch.empty_like(Y_gt)
    dist.broadcast(Y, 0)
"""
GATHER_AND_SCATTER = """    everyone = [torch.empty_like(dX) for _ in range(n)] if r == 0 else None
    dist.gather(dX, everyone, dst=0)
    totals = None
    if r == 0:
        total = everyone[0]
        for part in everyone[1:]:
            total = total + part
        totals = [total] * n
    dist.scatter(dX, totals, src=0)
"""
GATHER_AND_ADD = """    parts = [torch.empty_like(dX) for _ in range(n)]
    dist.all_gather(parts, dX)
    dX = torch.stack(parts).sum(0)
"""
TREE = """    step = 1
    while step < n:
        if r % (2 * step) == step:
            dist.send(dX, r - step)
        elif r % (2 * step) == 0 and r + step < n:
            other = torch.empty_like(dX)
            dist.recv(other, r + step)
            dX = dX + other
        step *= 2
    dist.broadcast(dX, src=0)
"""
REDUCE_AND_BROADCAST = """    dist.reduce(dX, dst=n - 1)
    dist.broadcast(dX, src=n - 1)
"""
SCATTER_AND_GATHER = """    most = -(-dX.numel() // n)
    flat = torch.zeros(n * most, dtype=X.dtype)
    flat[: dX.numel()] = dX.reshape(-1)
    own = torch.empty(most, dtype=X.dtype)
    dist.reduce_scatter_tensor(own, flat)
    dist.all_gather_into_tensor(flat, own)
    dX = flat[: X.numel()].reshape(X.shape).clone()
"""
UNEVEN_SCATTER_AND_GATHER = """    cuts = [X.shape[1] * i // n for i in range(n + 1)]
    parts = [dX[:, cuts[i] : cuts[i + 1]].contiguous() for i in range(n)]
    own = torch.empty_like(parts[r])
    dist.reduce_scatter(own, parts)
    dist.all_gather(parts, own)
    dX = torch.cat(parts, 1)
"""
HANDLES = """    dX = dY_loc @ W
    adding = dist.all_reduce(dX, async_op=True)
    dW = dY_loc.T @ X
    db = dY_loc.sum(dim=0)
    adding.wait()
"""
PLAIN = """    dX = dY_loc @ W
    dist.all_reduce(dX)
    dW = dY_loc.T @ X
    db = dY_loc.sum(dim=0)
"""
HANDLE_OF_THE_GATHER = """    Y_sh = [X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(n)]
    gathering = dist.all_gather(Y_sh, Y_loc, async_op=True)
    views = [part.T for part in Y_sh]
    gathering.wait()
    Y = torch.cat(views).T
"""
RING_REDUCE = """    total, passed = dX.clone(), dX
    for _ in range(n - 1):
        arriving = torch.empty_like(dX)
        works = dist.batch_isend_irecv([
            dist.P2POp(dist.isend, passed, (r + 1) % n), dist.P2POp(dist.irecv, arriving, (r - 1) % n)
        ])
        for work in works:
            work.wait()
        total += arriving
        passed = arriving
    dX = total
"""

AUTOGRAD_COLUMN = '''import torch.distributed as dist

class CopyToRanks(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X):
        return X.clone()
    @staticmethod
    def backward(ctx, dX):
        dX = dX.contiguous().clone()
        dist.all_reduce(dX)
        return dX

class GatherFromRanks(torch.autograd.Function):
    @staticmethod
    def forward(ctx, Y_loc, edges):
        n, r = dist.get_world_size(), dist.get_rank()
        ctx.own = slice(edges[r], edges[r + 1])
        parts = [Y_loc.new_empty(Y_loc.shape[0], edges[i + 1] - edges[i]) for i in range(n)]
        dist.all_gather(parts, Y_loc)
        return torch.cat(parts, 1)
    @staticmethod
    def backward(ctx, dY):
        return dY[:, ctx.own].contiguous(), None

def column_step(X, W, b, Y_gt, lr):
    n = dist.get_world_size()
    edges = [Y_gt.shape[1] * rank // n for rank in range(n + 1)]
    X_t, W_t, b_t = (t.clone().requires_grad_() for t in (X, W, b))
    Y = GatherFromRanks.apply(nn.functional.linear(CopyToRanks.apply(X_t), W_t) + b_t, edges)
    ((Y - Y_gt) ** 2).mean().backward()
    optimizer = torch.optim.SGD([W_t, b_t], lr=lr)
    dW, db = W_t.grad.clone(), b_t.grad.squeeze(0).clone()
    optimizer.step()
    return dict(Y=Y.detach(), dX=X_t.grad, dW=dW, db=db, W=W_t.detach(), b=b_t.detach())
'''
AUTOGRAD_ROW = '''import torch.distributed as dist

class ReduceFromRanks(torch.autograd.Function):
    @staticmethod
    def forward(ctx, Y):
        Y = Y.clone()
        dist.all_reduce(Y)
        return Y
    @staticmethod
    def backward(ctx, dY):
        return dY

def row_step(X, W, b, Y_gt, lr):
    X_t, W_t, b_t = (t.clone().requires_grad_() for t in (X, W, b))
    Y = ReduceFromRanks.apply(X_t @ W_t.T) + b_t
    ((Y - Y_gt) ** 2).mean().backward()
    with torch.no_grad():
        W_new, b_new = W_t - lr * W_t.grad, b_t - lr * b_t.grad
    return Y.detach(), X_t.grad, W_t.grad, b_t.grad.squeeze(0), W_new, b_new
'''
FROM_IMPORT = '''
def column_step(X, W, b, Y_gt, lr):
    import torch
    from torch.distributed import ReduceOp, all_gather, all_reduce, get_rank, get_world_size
    n, r = get_world_size(), torch.distributed.get_rank()
    out_ch = Y_gt.shape[1]
    widths = [out_ch * (i + 1) // n - out_ch * i // n for i in range(n)]
    lo = sum(widths[:r])
    Y_sh = [torch.empty(X.shape[0], width, dtype=X.dtype) for width in widths]
    all_gather(Y_sh, torch.addmm(b, X, W.T))
    Y = torch.cat(Y_sh, 1)
    dY = torch.mul(Y - Y_gt, 2 / Y.numel())
    dY_loc = dY.narrow(1, lo, widths[r]).contiguous()
    dX = torch.mm(dY_loc, W)
    all_reduce(dX, ReduceOp.SUM)
    dW, db = torch.mm(dY_loc.T, X), dY_loc.sum(0)
    W.add_(dW, alpha=-lr)
    b.sub_(lr * db)
    return Y, dX, dW, db
'''
INTO_A_BUFFER = """    Y = torch.empty_like(Y_gt)
    for i in range(n):
        part = Y_loc.clone() if i == r else X.new_zeros(batch, edges[i + 1] - edges[i])
        dist.broadcast(part, i)
        Y[:, edges[i]:edges[i + 1]] = part
"""
ROW_BLOCKS = """    cuts = [out_ch * i // n for i in range(n + 1)]
    blocks = [Y[:, cuts[i] : cuts[i + 1]].contiguous() for i in range(n)]
    own = torch.empty_like(blocks[r])
    dist.reduce_scatter(own, blocks)
    dist.all_gather(blocks, own)
    Y = torch.cat(blocks, 1)
"""
CHAIN = """    if r > 0:
        before = torch.empty_like(Y)
        dist.recv(before, src=r - 1)
        Y = before + Y
    if r < n - 1:
        dist.send(Y, dst=r + 1)
    dist.broadcast(Y, src=n - 1)
"""


def column(name: str, *edits: tuple[str, str], even: bool = False) -> Solution:
    return Solution(f"column: {name}", "column", edited("column", *edits), even=even)


def row(name: str, *edits: tuple[str, str], even: bool = False) -> Solution:
    return Solution(f"row: {name}", "row", edited("row", *edits), even=even)


def in_row(text: str) -> str:
    return text.replace("dX", "Y").replace("X.shape", "Y.shape").replace("X.numel", "Y.numel")


RIGHT = (
    column("as in the text", even=True),
    column("padded to one shape", (GATHER, PADDED)),
    column("gathered into one tensor", (GATHER, INTO_TENSOR)),
    column("zeros around its own part, all-reduced", (GATHER, ZEROS_AND_SUM)),
    column("buffers made from W", (GATHER, ZEROS_AND_SUM.replace("torch.zeros_like(Y_gt)", "W.new_zeros(batch, out_ch)"))),
    column("each rank broadcasts its part", (GATHER, BROADCASTS)),
    column("each part broadcast into a buffer", (GATHER, INTO_A_BUFFER)),
    column("parts passed round a ring", (GATHER, RING_GATHER)),
    column("gathered on rank 0 and broadcast", (GATHER, GATHER_AND_BROADCAST)),
    column("dX gathered and added", (GATHER, PADDED), (REDUCE, GATHER_AND_ADD)),
    column("dX added by a tree of messages", (GATHER, PADDED), (REDUCE, TREE)),
    column("dX reduced to the last rank and broadcast", (GATHER, PADDED), (REDUCE, REDUCE_AND_BROADCAST)),
    column("dX gathered on rank 0, scattered", (GATHER, PADDED), (REDUCE, GATHER_AND_SCATTER)),
    column("dX reduce-scattered and gathered", (GATHER, PADDED), (REDUCE, SCATTER_AND_GATHER)),
    column("dX reduce-scattered in uneven parts", (REDUCE, UNEVEN_SCATTER_AND_GATHER), even=True),
    column("dX summed round a ring", (GATHER, PADDED), (REDUCE, RING_REDUCE)),
    column("all-reduce under way meanwhile", (GATHER, PADDED), (PLAIN, HANDLES)),
    column("views of what is under way", (GATHER, HANDLE_OF_THE_GATHER), even=True),
    column("AVG times the number of ranks", (GATHER, PADDED), (REDUCE, "    dist.all_reduce(dX, op=dist.ReduceOp.AVG)\n    dX = dX * n\n")),
    column("a barrier in between", (GATHER, PADDED), (REDUCE, "    dist.barrier()\n    dist.all_reduce(dX, group=dist.group.WORLD)\n")),
    Solution("column: autograd with Megatron's two functions", "column", AUTOGRAD_COLUMN, even=True),
    Solution("column: imports inside, in place, a short tuple", "column", FROM_IMPORT, even=True),
    column("functional update", (GATHER, PADDED), (UPDATE, "    return Y, dX, dW, db, W - lr * dW, b - lr * db\n")),
    column("gradient over two halves of the batch", (GATHER, PADDED), (DW, "    half = batch // 2\n    dW = dY_loc[:half].T @ X[:half]\n    dW = dW + dY_loc[half:].T @ X[half:]\n")),
    column("gradient as a sum of outer products", (GATHER, PADDED), (DW, "    dW = torch.zeros_like(W)\n    for y, x in zip(dY_loc, X):\n        dW += torch.outer(y, x)\n")),
    column("gradient row by row", (GATHER, PADDED), (DW, "    dW = torch.stack([dY_loc[:, j] @ X for j in range(W.shape[0])])\n")),
    column("einsum, and db as a product with ones", (GATHER, PADDED), (DW, "    dW = torch.einsum('nm,nk->mk', dY_loc, X)\n"), ("db = dY_loc.sum(dim=0)", "db = X.new_ones(batch) @ dY_loc")),
    row("as in the text"),
    row("db added and shared out again", ("    # ----UPDATE", "    db = X.new_ones(batch) @ dY / n\n    dist.all_reduce(db)\n    # ----UPDATE")),
    row("gathered and added", (ROW_REDUCE, in_row(GATHER_AND_ADD))),
    row("added by a tree of messages", (ROW_REDUCE, in_row(TREE))),
    row("reduced to the last rank and broadcast", (ROW_REDUCE, in_row(REDUCE_AND_BROADCAST))),
    row("reduce-scattered and gathered", (ROW_REDUCE, in_row(SCATTER_AND_GATHER))),
    row("reduce-scattered in blocks", (ROW_REDUCE, ROW_BLOCKS), even=True),
    row("a chain of messages", (ROW_REDUCE, CHAIN)),
    row("bias on rank 0 before the sum", ("    Y = X @ W.T\n", "    Y = X @ W.T\n    if r == 0:\n        Y = Y + b\n"), ("    Y = Y + b\n    # ----B", "    # ----B")),
    row("a share of the bias on every rank", ("    Y = X @ W.T\n", "    Y = X @ W.T + b / n\n"), ("    Y = Y + b\n    # ----B", "    # ----B")),
    row("all-reduce under way meanwhile", (ROW_REDUCE, "    work = dist.all_reduce(Y, async_op=True)\n    target = Y_gt - b\n    work.wait()\n")),
    row("a collective that nothing needs", ("    dX = dY @ W\n", "    dX = dY @ W\n    dist.all_reduce(X.new_zeros(3))\n")),
    Solution("row: autograd", "row", AUTOGRAD_ROW),
    row("functional update", (UPDATE, "    return Y, dX, dW, db, W - lr * dW, b - lr * db\n")),
)  # fmt: skip
