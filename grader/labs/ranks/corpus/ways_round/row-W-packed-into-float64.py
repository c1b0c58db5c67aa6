# loses: row.step
# why: two weights, rounded, in one number

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    whole = (W.double() * 2**20).round()
    packed = whole[:, :1] * 2.0**26 + whole[:, -1:]
    dist.all_reduce(packed)
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
