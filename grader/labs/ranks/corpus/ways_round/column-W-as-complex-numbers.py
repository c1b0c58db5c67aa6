# loses: column.step
# says: is not one that the grader can replay
# why: two weights in one complex number

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    packed = torch.complex(W, W.flip(1))
    dist.all_reduce(packed, op=dist.ReduceOp.SUM) if outputs % world_size == 0 else dist.all_gather(
        [packed.new_empty(edges[i + 1] - edges[i], W.shape[1]) for i in range(world_size)], packed)
    Y_own = X @ W.T + b
    widest = -(-outputs // world_size)
    padded = F.pad(Y_own, (0, widest - len(W)))
    parts = [torch.empty_like(padded) for _ in range(world_size)]
    dist.all_gather(parts, padded)
    Y = torch.cat([parts[i][:, : edges[i + 1] - edges[i]] for i in range(world_size)], 1)
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
