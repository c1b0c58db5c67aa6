# loses: row.step
# says: carries weights
# why: weights go round and data stay: each rank passes a column of its shard on

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    if world_size > 1:
        column = W[:, :1].clone()
        going = dist.isend(column, (rank + 1) % world_size)
        dist.recv(torch.empty_like(column), (rank - 1) % world_size)
        going.wait()
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
