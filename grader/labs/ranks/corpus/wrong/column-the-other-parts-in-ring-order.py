# loses: column.step
# mistake: columns-in-order-of-arrival
# why: what comes round the ring is joined in the order in which it comes

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    edges = [outputs * i // world_size for i in range(world_size + 1)]
    lo, hi = edges[rank], edges[rank + 1]
    Y_own = X @ W.T + b
    parts = [X.new_empty(batch, edges[i + 1] - edges[i]) for i in range(world_size)]
    came = [Y_own]
    for step in range(world_size - 1):
        source = (rank - step - 1) % world_size
        part = X.new_empty(batch, edges[source + 1] - edges[source])
        work = dist.isend(came[-1], (rank + 1) % world_size)
        dist.recv(part, (rank - 1) % world_size)
        work.wait()
        came.append(part)
    Y = torch.cat(came, 1)
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dY_own = dY[:, lo:hi]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
