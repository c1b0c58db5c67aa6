# loses: row.step
# mistake: none
# why: rank 0's dX goes to everyone, as if it were the same on all ranks (nanotron#46 gave all shards one gradient)

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dist.broadcast(dX, src=0)
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
