# loses: column.step
# mistake: none
# says: rank 0 calls all_gather
# why: odd ranks sum before they gather (nccl#296)

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    parts = [X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(world_size)]
    hint = X.new_ones(1)
    if rank % 2:
        dist.all_reduce(hint)
    dist.all_gather(parts, Y_own)
    if rank % 2 == 0:
        dist.all_reduce(hint)
    Y = torch.cat(parts, 1)
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
