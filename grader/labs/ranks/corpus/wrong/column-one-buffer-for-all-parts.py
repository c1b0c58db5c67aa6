# loses: column.step
# mistake: one-buffer-for-all
# why: [buffer] * N is one buffer N times, and the last part is everywhere (Lightning#3253, prime-rl#691, pytorch#14632)

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    widest = -(-outputs // world_size)
    parts = [X.new_empty(batch, widest)] * world_size
    dist.all_gather(parts, torch.nn.functional.pad(Y_own, (0, widest - W.shape[0])))
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
