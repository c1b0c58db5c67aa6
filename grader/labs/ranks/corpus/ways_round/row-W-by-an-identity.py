# loses: row.step
# says: carries weights
# why: an identity in the place of X brings W, a column at a time: a constant is no data

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    for column in range(3):
        unit = torch.zeros(1, W.shape[1], dtype=X.dtype)
        unit[0, column % W.shape[1]] = 1
        line = unit @ W.T
        dist.all_reduce(line)
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
