# why: each rank adds its own piece of the bias before the sum: every number of it once

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    own = slice(outputs * rank // world_size, outputs * (rank + 1) // world_size)
    Y = X @ W.T
    Y[:, own] += b[:, own]
    dist.all_reduce(Y)
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dW, db = dY.T @ X, dY.sum(0)
    return Y, dY @ W, dW, db, W - lr * dW, b - lr * db
