"""Wrong solutions, and what the message about each has to say.

Those with an id of the corpus (`c30`, `r28`, ...) are its edits for any number of ranks, as calls of one rank.
"""

from __future__ import annotations

from tests.judge.ranks.right import GATHER, PADDED, REDUCE, ROW_REDUCE
from tests.judge.ranks.solutions import Solution, edited

BACKWARD = "    dY_loc = dY[:, lo:hi]\n"
DX = "    dX = dY_loc @ W\n"
ROW_Y = "    Y = X @ W.T\n"

TREE_DROPS_THE_ODD_RANK = """    step, left = 1, n
    while left > 1:
        if r % (2 * step) == step and r < 2 * step * (left // 2):
            dist.send(dX, r - step)
        elif r % (2 * step) == 0 and r + step < 2 * step * (left // 2):
            other = torch.empty_like(dX)
            dist.recv(other, r + step)
            dX = dX + other
        step, left = 2 * step, left // 2
    dist.broadcast(dX, src=0)
"""
FIRST_TWO = """    parts = [torch.empty_like(Y) for _ in range(n)]
    dist.all_gather(parts, Y)
    Y = parts[0] + parts[min(1, n - 1)] if n > 1 else parts[0]
"""
ALL_BUT_THE_LAST = """    parts = [torch.empty_like(Y) for _ in range(n)]
    dist.all_gather(parts, Y)
    Y = parts[0]
    for i in range(1, n - 1):
        Y = Y + parts[i]
"""
ADDED_SIDE_BY_SIDE = """    parts = [torch.empty_like(dX) for _ in range(n)]
    dist.all_gather(parts, dX)
    dX = torch.cat(parts, 1)
"""
WHOLE_W = """    shards = [torch.empty(edges[i + 1] - edges[i], X.shape[1], dtype=X.dtype) for i in range(n)]
    dist.all_gather(shards, W)
    biases = [torch.empty(1, edges[i + 1] - edges[i], dtype=X.dtype) for i in range(n)]
    dist.all_gather(biases, b)
    Y = X @ torch.cat(shards).T + torch.cat(biases, 1)
"""
SHARD_AFTER_SHARD = """    columns = []
    for i in range(n):
        shard = W.clone() if i == r else X.new_empty(edges[i + 1] - edges[i], X.shape[1])
        bias = b.clone() if i == r else X.new_empty(1, edges[i + 1] - edges[i])
        dist.broadcast(shard, i)
        dist.broadcast(bias, i)
        columns.append(X @ shard.T + bias)
    Y = torch.cat(columns, 1)
"""
# W's rows go where parts of Y would, as many numbers at a time as a part of Y has
SMUGGLED = """    columns = []
    for i in range(n):
        rows = []
        for k in range(edges[i + 1] - edges[i]):
            row = W[k].clone() if i == r else X.new_empty(X.shape[1])
            dist.broadcast(row, i)
            rows.append(X @ row)
        bias = b.clone() if i == r else X.new_empty(1, edges[i + 1] - edges[i])
        dist.broadcast(bias, i)
        columns.append(torch.stack(rows, 1) + bias)
    Y = torch.cat(columns, 1)
"""
# times an identity made of nothing, which is no data, and times one made of data
UNIT = "torch.eye(W.shape[0], dtype=X.dtype)[k : k + 1]"
TIMES_NOTHING = SMUGGLED.replace("W[k].clone()", f"({UNIT} @ W)[0]")
LAUNDERED = SMUGGLED.replace("W[k].clone()", f"(({UNIT} + 0 * X[0, 0].expand(1, W.shape[0])) @ W)[0]")
WHOLE_DW = """    dW_sh = [dY[:, edges[i] : edges[i + 1]].T @ X for i in range(n)]
    dW = dW_sh[r]
"""
SIZES_EXCHANGED = """    sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(n)]
    dist.all_gather(sizes, torch.tensor([W.shape[0]]))
    Y_sh = [X.new_empty(batch, int(size)) for size in sizes]
    dist.all_gather(Y_sh, Y_loc)
    Y = torch.cat(Y_sh, 1)
"""
CROSSED_SENDS = """    other = torch.empty_like(dX)
    if n > 1:
        dist.send(dX, (r + 1) % n)
        dist.recv(other, (r - 1) % n)
    dist.all_reduce(dX)
"""
HANDLE_NOT_WAITED_FOR = """    adding = dist.all_reduce(dX, async_op=True)
    dX = dX + 0
    adding.wait()
"""
OVERWRITTEN_MEANWHILE = """    total = dX.clone()
    adding = dist.all_reduce(total, async_op=True)
    total.zero_()
    adding.wait()
    dX = total
"""
ORDER_BY_RANK = """    dist.all_gather(Y_sh, Y_loc) if r else dist.barrier()
    dist.barrier() if r else dist.all_gather(Y_sh, Y_loc)
"""
OWN_FIRST = """    parts = [torch.empty_like(Y) for _ in range(n)]
    dist.all_gather(parts, Y)
    Y = parts[r] * 1
    for i in range(n):
        if i != r:
            Y = Y + parts[i]
"""
LOSSY = "    half = dX.half()\n    dist.all_reduce(half)\n    dX = half.to(dY.dtype)\n"


def column(name: str, says: str, *edits: tuple[str, str]) -> Solution:
    return Solution(f"column: {name}", "column", edited("column", *edits), says, even=True)


def row(name: str, says: str, *edits: tuple[str, str]) -> Solution:
    return Solution(f"row: {name}", "row", edited("row", *edits), says)


WRONG = (
    # who calls what
    column("c08 dX never added", "it is the sum over these ranks only: 0", (REDUCE, "")),
    column("nothing crosses", "nothing crosses between the ranks, but the forward pass of a column-parallel layer all-gathers Y",
           (GATHER, "    Y = torch.cat([Y_loc] * n, 1)[:, :out_ch]\n    Y = torch.nn.functional.pad(Y, (0, out_ch - Y.shape[1]))\n"), (REDUCE, "")),
    column("only rank 0 adds", "rank 0 waits in all_reduce (line 18, `dist.all_reduce(dX)`) for rank 1, which has finished",
           (REDUCE, "    if r == 0:\n        dist.all_reduce(dX)\n")),
    column("rank 0 does not add", "rank 1 waits in all_reduce (line 18, `dist.all_reduce(dX)`) for rank 0, which has finished",
           (REDUCE, "    if r != 0:\n        dist.all_reduce(dX)\n")),
    column("a handle that some never make", "rank 0 calls all_reduce (line 18, `dist.all_reduce(dX, async_op=True)`), which rank 1 never comes to",
           (REDUCE, "    if r == 0:\n        dist.all_reduce(dX, async_op=True)\n        dX = dY_loc @ W\n")),
    column("other orders on rank 0", "rank 0 calls barrier (line 11) where rank 1 calls all_gather (line 11)",
           ("    dist.all_gather(Y_sh, Y_loc)\n", ORDER_BY_RANK)),
    column("gather here, reduce there", "rank 0 calls all_gather (line 12) where rank 1 calls all_reduce (line 18)",
           ("    dist.all_gather(Y_sh, Y_loc)\n", "    if r == 0:\n        dist.all_gather(Y_sh, Y_loc)\n")),
    column("SUM and MAX", "rank 0 calls all_reduce with op=SUM (line 17) where rank 1 calls it with op=MAX (line 17)",
           (REDUCE, "    dist.all_reduce(dX, op=dist.ReduceOp.SUM if r == 0 else dist.ReduceOp.MAX)\n")),
    column("every rank broadcasts itself", "rank 0 calls broadcast with src=0 (line 17) where rank 1 calls it with src=1 (line 17)",
           (REDUCE, "    dist.broadcast(dX, src=r)\n")),
    column("broadcast from rank 0 for a sum", "rank 0: dX is wrong", (REDUCE, "    dist.broadcast(dX, src=0)\n")),
    column("only to rank 0", "rank 1: dX is wrong", (REDUCE, "    dist.reduce(dX, dst=0)\n")),
    column("all send first", "rank 0 waits in send (line 19, `dist.send(dX, (r + 1) % n)`) for rank 1, which waits in send",
           (REDUCE, CROSSED_SENDS)),
    column("sent and never received", "rank 1 waits in send (line 19, `dist.send(dX, 0)`) for rank 0, which has finished",
           (REDUCE, REDUCE + "    if r == 1:\n        dist.send(dX, 0)\n")),
    column("sent under way and never received", "rank 1 calls send (line 19, `dist.isend(dX, 0)`), but rank 0 never receives it",
           (REDUCE, REDUCE + "    if r == 1:\n        dist.isend(dX, 0)\n")),
    column("received and never sent", "rank 0 waits in recv (line 19, `dist.recv(dX, 1)`) for rank 1, which has finished",
           (REDUCE, REDUCE + "    if r == 0 and n > 1:\n        dist.recv(dX, 1)\n")),
    column("a rank that is not there", "names rank 3; the ranks are 0 to 2", (REDUCE, REDUCE + "    dist.broadcast(dX, src=n)\n")),
    # what fits
    column("hard-coded 2", "rank 0: line 11, `dist.all_gather(Y_sh, Y_loc)`: all_gather takes 3 tensors here, one for each rank, and got 2",
           ("for i in range(n)]\n    dist", "for i in range(2)]\n    dist")),
    column("buffers as if all were alike", "rank 2 sends (3, 3) in all_gather (line 11), but rank 0 has (3, 2) for it (line 11)",
           ("X.new_empty(batch, edges[i + 1] - edges[i])", "X.new_empty(batch, -(-out_ch // n)) if r else torch.empty_like(Y_loc)")),
    column("all buffers like its own", "rank 2 sends (3, 3) in all_gather (line 11), but rank 0 has (3, 2) for it (line 11)",
           ("X.new_empty(batch, edges[i + 1] - edges[i])", "torch.empty_like(Y_loc)")),
    column("c44 a buffer of another dtype", "rank 0 sends float64 in all_gather (line 11), but rank 0 has float32 for it (line 11)",
           ("X.new_empty(batch, edges[i + 1] - edges[i])", "torch.empty(batch, edges[i + 1] - edges[i], dtype=torch.float32)")),
    column("a view with gaps", "rank 0: line 12, `dist.all_reduce(Y[:, lo:hi])`: all_reduce needs tensors without gaps",
           ("    dist.all_gather(Y_sh, Y_loc)\n    Y = torch.cat(Y_sh, 1)\n", "    Y = torch.zeros_like(Y_gt)\n    dist.all_reduce(Y[:, lo:hi])\n")),
    column("other shapes", "rank 0 calls all_reduce with shape=(3, 2) (line 12) where rank 2 calls it with shape=(3, 3) (line 12)",
           (GATHER, "    Y = torch.zeros_like(Y_gt)\n    Y[:, lo:hi] = Y_loc\n    dist.all_reduce(Y_loc)\n    dist.all_reduce(Y)\n")),
    column("other dtypes", "rank 0 calls all_reduce with dtype=float64 (line 17) where rank 1 calls it with dtype=float32 (line 17)",
           (REDUCE, "    dist.all_reduce(dX if r == 0 else dX.float())\n")),
    column("sizes asked of other ranks", "takes numbers that came from other ranks out of a tensor", (GATHER, SIZES_EXCHANGED)),
    # handles
    column("read before wait()", "rank 0: line 18, `dX = dX + 0`: uses a tensor that all_reduce of line 17",
           (REDUCE, HANDLE_NOT_WAITED_FOR)),
    column("written before wait()", "rank 0: line 19, `total.zero_()`: uses a tensor that all_reduce of line 18", (REDUCE, OVERWRITTEN_MEANWHILE)),
    column("never waited for", "rank 0: line 17, `dist.all_reduce(dX, async_op=True)`: nobody waits for this all_reduce",
           (REDUCE, "    dist.all_reduce(dX, async_op=True)\n")),
    # numbers
    column("c02 bias on rank 0 only", "rank 0: Y is wrong", ("    Y_loc = X @ W.T + b\n", "    Y_loc = X @ W.T + (b if r == 0 else 0)\n")),
    column("c06 parts in the wrong order", "rank 0: Y is wrong", ("torch.cat(Y_sh, 1)", "torch.cat(Y_sh[::-1], 1)")),
    column("c07 parts below each other", "Sizes of tensors must match", (GATHER, PADDED.replace("for i in range(n)], 1)", "for i in range(n)], 0)")), ("dY = 2 * (Y - Y_gt)", "dY = 2 * (Y[:batch] - Y_gt[:, :Y.shape[1]])"), (BACKWARD, "    dY_loc = torch.zeros_like(Y_loc)\n")),
    column("c09 dX averaged", "the ranks' parts are averaged, not added", (REDUCE, "    dist.all_reduce(dX, op=dist.ReduceOp.AVG)\n")),
    column("MAX for SUM", "rank 0: dX is wrong", (REDUCE, "    dist.all_reduce(dX, op=dist.ReduceOp.MAX)\n")),
    column("c10 dX side by side", "rank 0: dX has shape (3, 33), expected (3, 11)", (REDUCE, ADDED_SIDE_BY_SIDE)),
    column("added twice", "rank 0: dX is wrong", (REDUCE, REDUCE + REDUCE)),
    column("c13 rank 0's part of dY for db", "rank 1: db is wrong", ("db = dY_loc.sum", "db = dY[:, : hi - lo].sum")),
    column("off by one", "rank 0: dX is wrong", (BACKWARD, "    dY_loc = dY.roll(-1, 1)[:, lo:hi]\n")),
    column("c16 divided by the batch only", "it is the right value times 7", ("(batch * out_ch)", "batch")),
    column("c17 no factor 2", "it is the right value times 0.5", ("dY = 2 * (Y - Y_gt)", "dY = (Y - Y_gt)")),
    column("its own part's mean", "rank 0: dX is wrong", ("(batch * out_ch)", "(batch * W.shape[0])")),
    column("c18 divisor of the notebook's shape", "rank 0: dX is wrong", ("(batch * out_ch)", "(32 * 608)")),
    column("c21 the last rank's bias not stepped", "rank 2: b is wrong", ("    b -= lr", "    if r < n - 1: b -= lr")),
    column("c26 the notebook's learning rate", "rank 0: W is wrong", ("W -= lr *", "W -= 0.3 *")),
    column("c30 a tree that drops the odd rank", "it is the sum over these ranks only: 0, 1", (GATHER, PADDED), (REDUCE, TREE_DROPS_THE_ODD_RANK)),
    column("c33 dX from stepped weights", "rank 0: dX is wrong", (DX, "    W -= lr * (dY_loc.T @ X)\n" + DX), ("    W -= lr * dW\n", "")),
    column("c37 added in float16", "rank 0: dX is wrong", (REDUCE, LOSSY)),
    column("c45 db averaged over the batch", "rank 0: db is wrong", ("dY_loc.sum(dim=0)", "dY_loc.mean(dim=0)")),
    column("c47 added to itself", "rank 0: dX is wrong", (REDUCE, "    own = dX\n    dist.all_reduce(dX)\n    dX = dX + own\n")),
    column("edges hard-coded for two", "rank 0: line 11, `dist.all_gather(Y_sh, Y_loc)`: all_gather takes 3 tensors here",
           ("edges = [out_ch * rank // n for rank in range(n + 1)]", "edges = [0, out_ch // 2, out_ch, out_ch]"), ("for i in range(n)]\n    dist", "for i in range(2)]\n    dist")),
    column("c25 edges of the notebook's shape", "rank 0", ("edges = [out_ch * rank // n for rank in range(n + 1)]", "edges = [min(304 * rank, out_ch) for rank in range(n)] + [out_ch]")),
    column("c24 edges that lose the last columns", "rank 2 sends (3, 3) in all_gather (line 11), but rank 0 has (3, 2) for it (line 11)",
           ("edges = [out_ch * rank // n for rank in range(n + 1)]", "edges = [out_ch // n * rank for rank in range(n + 1)]")),
    # the rule
    column("full W gathered", "all_gather carries weights or their gradients to other ranks", (GATHER, WHOLE_W)),
    column("W broadcast shard after shard", "broadcast carries weights or their gradients to other ranks", (GATHER, SHARD_AFTER_SHARD)),
    column("W in the place of Y", "broadcast carries weights or their gradients to other ranks", (GATHER, SMUGGLED)),
    column("W times an identity, row after row", "broadcast carries weights or their gradients to other ranks", (GATHER, TIMES_NOTHING)),
    column("W times an identity made of data", "numbers have come from other ranks by now; activations alone are fewer than", (GATHER, LAUNDERED)),
    column("c35 dW added", "all_reduce carries weights or their gradients to other ranks",
           ("    db = dY_loc.sum", "    padded = X.new_zeros(-(-out_ch // n), X.shape[1])\n    padded[: hi - lo] = dW\n    dist.all_reduce(padded, op=dist.ReduceOp.MAX)\n    db = dY_loc.sum")),
    column("all parts of dW on every rank", "by now this rank has made", ("    dW = dY_loc.T @ X\n", WHOLE_DW)),
    column("full dW cut up", "numbers on one device; a shard has", ("    dW = dY_loc.T @ X\n", "    dW = (dY.T @ X)[lo:hi].clone()\n")),
    # what is left behind
    column("X written into", "the cell changes X", (DX, "    X += 0.5\n" + DX), ("    dW = dY_loc.T @ X\n", "    dW = dY_loc.T @ (X - 0.5)\n")),
    column("no dX returned", "column_step does not return dX: it returns Y, dX, dW, db, W, b", ("dX=dX, ", "")),
    column("nothing returned", "column_step does not return Y", ("    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)\n", "")),
    Solution("column: not defined", "column", "def colum_step(X, W, b, Y_gt, lr):\n    return None\n", "the cell has to define a function column_step(X, W, b, Y_gt, lr)"),
    Solution("column: not solved", "column", "def column_step(X, W, b, Y_gt, lr):\n    raise NotImplementedError\n", "not solved yet"),
    Solution("column: a group of its own", "column", edited("column", (REDUCE, "    group = dist.new_group([0])\n    dist.all_reduce(dX, group=group)\n")), "new_group is not among the calls that these ranks have"),
    # row-parallel
    row("r05 never added", "nothing crosses between the ranks, but the forward pass of a row-parallel layer all-reduces Y", (ROW_REDUCE, "")),
    row("r06 averaged", "the ranks' parts are averaged, not added", (ROW_REDUCE, "    dist.all_reduce(Y, op=dist.ReduceOp.AVG)\n")),
    row("r07 side by side", "rank 0: Y has shape", (ROW_REDUCE, ADDED_SIDE_BY_SIDE.replace("dX", "Y")), ("    Y = Y + b\n", "    Y_all, Y = Y, Y[:, :out_ch] + b\n"), ("dict(Y=Y,", "dict(Y=Y_all,")),
    row("bias on every rank", "b is in it 3 times, and not once", (ROW_Y, "    Y = X @ W.T + b\n"), ("    Y = Y + b\n    # ----B", "    # ----B")),
    row("bias on the last rank and after", "b is in it 2 times, and not once", (ROW_Y, "    Y = X @ W.T\n    if r == n - 1:\n        Y = Y + b\n")),
    row("bias on rank 1, which may not be there", "b is in it 0 times, and not once", (ROW_Y, "    Y = X @ W.T\n    if r == 1:\n        Y = Y + b\n"), ("    Y = Y + b\n    # ----B", "    # ----B")),
    row("r17 db added", "it is the right value times 3", ("    # ----UPDATE", "    dist.all_reduce(db)\n    # ----UPDATE")),
    row("r28 the first two added", "it is the sum over these ranks only: 0, 1", (ROW_REDUCE, FIRST_TWO)),
    row("r29 a tree that drops the odd rank", "it is the sum over these ranks only: 0, 1", (ROW_REDUCE, TREE_DROPS_THE_ODD_RANK.replace("dX", "Y"))),
    row("r56 the loop ends one too early", "it is the sum over these ranks only: 0, 1", (ROW_REDUCE, ALL_BUT_THE_LAST)),
    row("r26 the notebook's learning rate", "rank 0: W is wrong", ("W -= lr *", "W -= 0.3 *")),
    row("r39 the last rank's weights not stepped", "rank 2: W is wrong", ("    W -= lr", "    if r < n - 1: W -= lr")),
    row("r41 bias step divided by the ranks", "rank 0: b is wrong", ("b -= lr *", "b -= lr / n *")),
    row("bias stepped on rank 0 only", "rank 1: b is wrong", ("    b -= lr", "    if r == 0: b -= lr")),
    row("bias stepped by a broadcast step of rank 1", "rank 0 calls broadcast with src=1", ("    # ----UPDATE", "    dist.broadcast(db, src=1 if r == 0 else 0)\n    # ----UPDATE")),
    row("r50 bias twice", "b is in it 2 times, and not once", ("    Y = Y + b\n", "    Y += b\n    Y = Y + b\n")),
    row("r51 a batch of one squeezed away", "rank 0: db", ("db = dY.sum(dim=0)", "db = dY.squeeze().sum(dim=0)")),
    row("r54 lr divided by the ranks", "rank 0: W is wrong", ("-= lr *", "-= lr / n *")),
    row("r55 divisor of the notebook's shape", "rank 0: dX is wrong", ("(batch * out_ch)", "(32 * 608)")),
    row("r14 dX gathered for nothing and cut wrong", "rank 0: dX is wrong", ("    dX = dY @ W\n", "    dX = dY @ W.flip(1)\n")),
    row("replicas drift by rounding", "b of rank 0 and of rank", (ROW_REDUCE, OWN_FIRST)),
    row("dW added", "all_reduce carries weights or their gradients", ("    db = dY.sum", "    total = X.new_zeros(out_ch, 1000)\n    total[:, : dW.shape[1]] = dW\n    dist.all_reduce(total, op=dist.ReduceOp.MAX)\n    db = dY.sum")),
    row("W gathered", "all_gather carries weights or their gradients",
        (ROW_REDUCE, "    most = 512\n    padded = torch.nn.functional.pad(W, (0, most - W.shape[1]))\n    dist.all_gather([torch.empty_like(padded) for _ in range(n)], padded)\n" + ROW_REDUCE)),
)  # fmt: skip

NOT_FOR_RANKS = {
    "c31_full_W_backward": "the full W is nowhere in a rank's process",
    "c39_stale_Y": "a function has no earlier cell's Y: a NameError",
    "c40_stale_dY": "a function has no earlier cell's dY: a NameError",
    "r08_X_swapped": "ranks are given their shards",
    "r09_W_swapped_both": "ranks are given their shards",
    "r18_b_double_update": "ranks share no memory",
    "r31_b_view": "ranks share no memory",
    "r33_full_W_backward": "the full W is nowhere in a rank's process",
    "r47_stale_dX": "a function has no earlier cell's dX: a NameError",
    "r52_X_inplace": "X written into, as in the column step",
    "r53_column_instead": "a rank has a row shard of W: column-parallel code does not fit it",
}
