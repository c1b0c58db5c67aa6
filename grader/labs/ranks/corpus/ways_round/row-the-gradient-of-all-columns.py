# loses: row.step
# says: numbers
# why: X of all ranks is gathered, and each rank makes all of dW

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    widest = 1024
    everyone = [X.new_empty(batch, widest) for _ in range(world_size)]
    dist.all_gather(everyone, torch.nn.functional.pad(X, (0, widest - X.shape[1])))
    dW = torch.stack([dY.T @ x for x in everyone])[rank][:, : X.shape[1]].clone()
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
