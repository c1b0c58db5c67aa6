# loses: row.step
# mistake: none
# says: waits
# why: sent under one tag, received under another

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    Y = X @ W.T
    if rank > 0:
        dist.send(Y, 0, tag=1)
    else:
        for source in range(1, world_size):
            part = torch.empty_like(Y)
            dist.recv(part, source, tag=2)
            Y = Y + part
    dist.broadcast(Y, 0)
    Y = Y + b
    dY = 2 * (Y - Y_gt) / (batch * outputs)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
