# loses: column.step
# mistake: none
# says: Y has shape
# why: parts below each other

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    edges = [out_ch * rank // n for rank in range(n + 1)]
    lo, hi = edges[r], edges[r + 1]
    # forward
    Y_loc = X @ W.T + b
    most = max(edges[i + 1] - edges[i] for i in range(n))
    padded = torch.nn.functional.pad(Y_loc, (0, most - Y_loc.shape[1]))
    Y_sh = [torch.empty_like(padded) for _ in range(n)]
    dist.all_gather(Y_sh, padded)
    Y = torch.cat([Y_sh[i][:, : edges[i + 1] - edges[i]] for i in range(n)], 0)
    # backward
    dY = 2 * (Y[:batch] - Y_gt[:, :Y.shape[1]]) / (batch * out_ch)
    dY_loc = torch.zeros_like(Y_loc)
    dX = dY_loc @ W
    dist.all_reduce(dX)
    dW = dY_loc.T @ X
    db = dY_loc.sum(dim=0)
    # update
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
