# loses: row.step
# mistake: none
# says: src
# why: each rank broadcasts its bias as the right one

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
    W -= lr * dW
    b -= lr * db
    dist.broadcast(b, src=rank)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
