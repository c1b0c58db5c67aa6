# why: the bias belongs to the last rank, as a factor of nought or one (reported as a bug and none: nano-vllm#99)

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    here = float(rank == world_size - 1)
    Y = torch.addmm(here * b, X, W.T)
    dist.all_reduce(Y)
    dY = Y.sub(Y_gt).mul(2 / Y.numel())
    dX, dW, db = dY.mm(W), dY.t().mm(X), dY.sum(0)
    W.sub_(dW, alpha=lr)
    b.sub_(db, alpha=lr)
    return Y, dX, dW, db, W, b
