# why: gathered on rank 0 and broadcast

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    edges = [out_ch * rank // n for rank in range(n + 1)]
    lo, hi = edges[r], edges[r + 1]
    # forward
    Y_loc = X @ W.T + b
    most = max(edges[i + 1] - edges[i] for i in range(n))
    padded = torch.zeros(batch, most, dtype=X.dtype)
    padded[:, : hi - lo] = Y_loc
    if r == 0:
        Y_sh = [torch.empty_like(padded) for _ in range(n)]
        dist.gather(padded, Y_sh, dst=0)
        Y = torch.cat([Y_sh[i][:, : edges[i + 1] - edges[i]] for i in range(n)], 1)
    else:
        dist.gather(padded, dst=0)
        Y = torch.empty_like(Y_gt)
    dist.broadcast(Y, 0)
    # backward
    dY = 2 * (Y - Y_gt) / (batch * out_ch)
    dY_loc = dY[:, lo:hi]
    dX = dY_loc @ W
    dist.all_reduce(dX)
    dW = dY_loc.T @ X
    db = dY_loc.sum(dim=0)
    # update
    W -= lr * dW
    b -= lr * db.unsqueeze(dim=0)
    return dict(Y=Y, dX=dX, dW=dW, db=db, W=W, b=b)
