# why: the sum by a tree down to rank 0 and back up the same tree

# %% row.step
def tree_sum(rank, world_size, t):
    step = 1
    while step < world_size:
        if rank % (2 * step) == step:
            dist.send(t, rank - step)
            break
        if rank + step < world_size:
            other = torch.empty_like(t)
            dist.recv(other, rank + step)
            t = t + other
        step *= 2
    while step >= 1:
        if rank % (2 * step) == 0 and rank + step < world_size:
            dist.send(t, rank + step)
        elif rank % (2 * step) == step:
            t = torch.empty_like(t)
            dist.recv(t, rank - step)
        step //= 2
    return t


def row_step(rank, world_size, X, W, b, Y_gt, lr):
    Y = tree_sum(rank, world_size, X @ W.T) + b
    dY = 2 * (Y - Y_gt) / Y_gt.numel()
    dX, dW, db = dY @ W, dY.T @ X, dY.sum(0)
    return Y, dX, dW, db, W - lr * dW, b - lr * db
