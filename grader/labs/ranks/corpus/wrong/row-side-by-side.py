# loses: row.step
# mistake: none
# says: Y has shape
# why: side by side

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    # forward
    Y = X @ W.T
    parts = [torch.empty_like(Y) for _ in range(n)]
    dist.all_gather(parts, Y)
    Y = torch.cat(parts, 1)
    Y_all, Y = Y, Y[:, :out_ch] + b
    # backward
    dY = 2 * (Y - Y_gt) / (batch * out_ch)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(dim=0)
    # update
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y_all, dX=dX, dW=dW, db=db, W=W, b=b)
