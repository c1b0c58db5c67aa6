# loses: row.step
# mistake: none
# why: every rank subtracts the target before the sum

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    difference = X @ W.T - Y_gt
    dist.all_reduce(difference)
    dY = 2 * (difference + b) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
