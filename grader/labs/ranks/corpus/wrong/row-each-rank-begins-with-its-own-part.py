# loses: row.step
# mistake: none
# why: a sum round the ring begins on each rank with its own part: replicas drift (vllm#57042)

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    own, passed = Y, Y
    for _ in range(world_size - 1):
        arriving = torch.empty_like(passed)
        work = dist.isend(passed, (rank + 1) % world_size)
        dist.recv(arriving, (rank - 1) % world_size)
        work.wait()
        own, passed = own + arriving, arriving
    Y = own
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
