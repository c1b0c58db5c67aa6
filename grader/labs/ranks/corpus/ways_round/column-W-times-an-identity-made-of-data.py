# loses: column.step
# says: numbers have come from other ranks by now
# why: W times an identity made of data

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    edges = [out_ch * rank // n for rank in range(n + 1)]
    lo, hi = edges[r], edges[r + 1]
    # forward
    Y_loc = X @ W.T + b
    columns = []
    for i in range(n):
        rows = []
        for k in range(edges[i + 1] - edges[i]):
            row = ((torch.eye(W.shape[0], dtype=X.dtype)[k : k + 1] + 0 * X[0, 0].expand(1, W.shape[0])) @ W)[0] if i == r else X.new_empty(X.shape[1])
            dist.broadcast(row, i)
            rows.append(X @ row)
        bias = b.clone() if i == r else X.new_empty(1, edges[i + 1] - edges[i])
        dist.broadcast(bias, i)
        columns.append(torch.stack(rows, 1) + bias)
    Y = torch.cat(columns, 1)
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
