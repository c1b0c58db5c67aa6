# loses: column.step
# mistake: none
# says: rank 0
# why: rank 0 sums the loss for a print, alone

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    widest = -(-outputs // world_size)
    padded = F.pad(Y_own, (0, widest - len(W)))
    parts = [torch.empty_like(padded) for _ in range(world_size)]
    dist.all_gather(parts, padded)
    Y = torch.cat([parts[i][:, : edges[i + 1] - edges[i]] for i in range(world_size)], 1)
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    loss = ((Y - Y_gt) ** 2).mean()
    if rank == 0:
        dist.all_reduce(loss)
        print("loss", loss)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
