# loses: row.step
# says: carries weights or their gradients
# why: terms of dW cross one sample at a time

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = torch.zeros_like(W)
    for y, x in zip(dY, X):
        term = torch.outer(y, x)
        bound = term.abs().amax(1)
        dist.all_reduce(bound, op=dist.ReduceOp.MAX)
        dist.all_reduce(term[:, :1].contiguous().repeat(1, 2))
        dW += term
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
