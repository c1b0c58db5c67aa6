# loses: row.step
# mistake: bias-on-some-ranks
# why: rank 0 alone adds the bias, after the sum

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    dist.all_reduce(Y)
    if rank == 0:
        Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
