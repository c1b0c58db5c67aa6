# why: dX by recursive doubling where the ranks are a power of two, by reduce and broadcast elsewhere

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch, outputs = Y_gt.shape
    cut = lambda i: outputs * i // world_size
    lo, hi = cut(rank), cut(rank + 1)
    parts = [torch.empty(batch, cut(i + 1) - cut(i), dtype=X.dtype) for i in range(world_size)]
    dist.all_gather(parts, torch.addmm(b, X, W.T))
    Y = torch.cat(parts, dim=1)
    dY = (Y - Y_gt).mul_(2 / (batch * outputs))
    mine = dY[:, lo:hi].contiguous()
    dX = mine @ W
    if world_size & (world_size - 1) == 0:
        distance = 1
        while distance < world_size:
            partner, other = rank ^ distance, torch.empty_like(dX)
            first, second = (dist.send, dist.recv) if rank < partner else (dist.recv, dist.send)
            for call in (first, second):
                call(dX if call is dist.send else other, partner)
            dX = dX + other if rank < partner else other + dX
            distance *= 2
    else:
        dist.reduce(dX, 0)
        dist.broadcast(dX, 0)
    dW = mine.t() @ X
    db = mine.sum(dim=0)
    W.sub_(dW, alpha=lr)
    b.sub_(db, alpha=lr)
    return Y, dX, dW, db, W, b
