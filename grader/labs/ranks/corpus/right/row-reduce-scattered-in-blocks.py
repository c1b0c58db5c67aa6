# why: reduce-scattered in blocks

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    n, r = dist.get_world_size(), dist.get_rank()
    batch, out_ch = Y_gt.shape
    # forward
    Y = X @ W.T
    cuts = [out_ch * i // n for i in range(n + 1)]
    blocks = [Y[:, cuts[i] : cuts[i + 1]].contiguous() for i in range(n)]
    own = torch.empty_like(blocks[r])
    dist.reduce_scatter(own, blocks)
    dist.all_gather(blocks, own)
    Y = torch.cat(blocks, 1)
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
