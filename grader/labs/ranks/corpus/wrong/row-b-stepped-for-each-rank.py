# loses: row.step
# mistake: step-times-world-size
# why: every rank steps b for all ranks

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
    for _ in range(world_size):
        b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
