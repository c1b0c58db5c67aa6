# why: one rank alone calls nobody

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    Y = X @ W.T
    if world_size > 1:
        dist.all_reduce(Y)
    Y.add_(b)
    dY = Y.sub(Y_gt).div_(Y.numel() / 2)
    dX, dW, db = dY @ W, dY.T @ X, dY.sum(0)
    W.addmm_(dY.T, X, alpha=-lr)
    b.sub_(db.unsqueeze(0), alpha=lr)
    return [Y, dX, dW, db, W, b]
