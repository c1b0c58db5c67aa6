# why: imports inside, in place, a short tuple

# %% column.step
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    import torch
    from torch.distributed import ReduceOp, all_gather, all_reduce, get_rank, get_world_size
    n, r = get_world_size(), torch.distributed.get_rank()
    out_ch = Y_gt.shape[1]
    widths = [out_ch * (i + 1) // n - out_ch * i // n for i in range(n)]
    lo = sum(widths[:r])
    Y_sh = [torch.empty(X.shape[0], width, dtype=X.dtype) for width in widths]
    all_gather(Y_sh, torch.addmm(b, X, W.T))
    Y = torch.cat(Y_sh, 1)
    dY = torch.mul(Y - Y_gt, 2 / Y.numel())
    dY_loc = dY.narrow(1, lo, widths[r]).contiguous()
    dX = torch.mm(dY_loc, W)
    all_reduce(dX, ReduceOp.SUM)
    dW, db = torch.mm(dY_loc.T, X), dY_loc.sum(0)
    W.add_(dW, alpha=-lr)
    b.sub_(lr * db)
    return Y, dX, dW, db
