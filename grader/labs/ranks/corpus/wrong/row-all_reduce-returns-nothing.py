# loses: row.step
# mistake: none
# why: what all_reduce returns is taken for the sum; it is None (MinivLLM#13)

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = dist.all_reduce(X @ W.T) + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
