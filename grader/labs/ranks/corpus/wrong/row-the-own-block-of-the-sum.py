# loses: row.step
# mistake: none
# why: reduce-scattered, and never gathered again

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    cuts = [outputs * i // world_size for i in range(world_size + 1)]
    blocks = [Y[:, cuts[i] : cuts[i + 1]].contiguous() for i in range(world_size)]
    mine = torch.empty_like(blocks[rank])
    dist.reduce_scatter(mine, blocks)
    Y = Y + b
    Y[:, cuts[rank] : cuts[rank + 1]] = mine + b[:, cuts[rank] : cuts[rank + 1]]
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
