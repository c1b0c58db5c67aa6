# loses: column.step
# mistake: none
# why: the parts are joined before they have come

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    parts = [X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(world_size)]
    gathering = dist.all_gather(parts, Y_own, async_op=True)
    Y = torch.cat(parts, 1)
    gathering.wait()
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
