# loses: column.step
# says: the full matrix must not be there
# why: shards in a matrix of zeros, all-reduced: the full W on every rank

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    full = X.new_zeros(outputs, X.shape[1])
    full[lo:hi] = W
    dist.all_reduce(full)
    Y_own = X @ full[lo:hi].T + b
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
