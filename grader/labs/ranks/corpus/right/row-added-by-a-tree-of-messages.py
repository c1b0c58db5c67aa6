# why: added by a tree of messages

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    # forward
    Y = X @ W.T
    step = 1
    while step < n:
        if r % (2 * step) == step:
            dist.send(Y, r - step)
        elif r % (2 * step) == 0 and r + step < n:
            other = torch.empty_like(Y)
            dist.recv(other, r + step)
            Y = Y + other
        step *= 2
    dist.broadcast(Y, src=0)
    Y = Y + b
    # backward
    dY = 2 * (Y - Y_gt) / (batch * out_ch)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(dim=0)
    # update
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
