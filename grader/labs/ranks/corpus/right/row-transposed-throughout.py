# why: all transposed: features first, samples last

# %% row.step
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    Xt, target = X.T, Y_gt.T
    Yt = W @ Xt
    dist.all_reduce(Yt)
    Yt = Yt + b.T
    dYt = 2 * (Yt - target) / target.numel()
    dXt = W.T @ dYt
    dW = dYt @ Xt.T
    db = dYt.sum(1)
    W -= lr * dW
    b -= lr * db
    return dict(Y=Yt.T.contiguous(), dX=dXt.T.contiguous(), dW=dW, db=db, W=W, b=b)
