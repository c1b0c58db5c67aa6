# loses: row.step
# mistake: bias-gradient-summed
# why: db added

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    # forward
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    # backward
    dY = 2 * (Y - Y_gt) / (batch * out_ch)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(dim=0)
    dist.all_reduce(db)
    # update
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
