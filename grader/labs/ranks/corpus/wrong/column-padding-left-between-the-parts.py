# loses: column.step
# mistake: padding-left
# why: padded parts put side by side, and the padding between them is cut off at the end only (transformers#37051)

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    widest = -(-outputs // world_size)
    parts = [X.new_empty(batch, widest) for _ in range(world_size)]
    dist.all_gather(parts, torch.nn.functional.pad(Y_own, (0, widest - W.shape[0])))
    Y = torch.cat(parts, 1)[:, :outputs]
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
