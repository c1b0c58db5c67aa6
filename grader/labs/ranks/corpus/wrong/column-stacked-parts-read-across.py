# loses: column.step
# mistake: none
# why: what is gathered into one tensor lies rank after rank, not column after column (TransformerEngine#530)

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    widest = -(-outputs // world_size)
    stacked = X.new_empty(world_size * batch, widest)
    dist.all_gather_into_tensor(stacked, torch.nn.functional.pad(Y_own, (0, widest - W.shape[0])))
    Y = stacked.reshape(batch, world_size * widest)[:, :outputs].contiguous()
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
