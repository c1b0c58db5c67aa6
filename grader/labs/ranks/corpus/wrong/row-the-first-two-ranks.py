# loses: row.step
# mistake: some-ranks-only
# why: the sum is that of rank 0 and rank 1, as on two devices

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    both = [torch.empty_like(Y) for _ in range(world_size)]
    dist.all_gather(both, Y)
    Y = both[0] + both[-1] if world_size > 1 else both[0]
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
