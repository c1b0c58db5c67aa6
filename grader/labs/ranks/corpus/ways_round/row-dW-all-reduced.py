# loses: row.step
# says: the full matrix must not be there
# why: gradients of all shards in one padded matrix

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    total = X.new_zeros(outputs, 1024)
    total[:, : dW.shape[1]] = dW
    dist.all_reduce(total, op=dist.ReduceOp.MAX)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
