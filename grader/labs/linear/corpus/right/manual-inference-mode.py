# why: manual: inference mode

# %% manual.forward

with torch.inference_mode():
    Y = X.matmul(W.mT) + b

# %% manual.dY

@torch.inference_mode()
def loss_grad(y, t):
    return (y - t) / (y.size(0) * y.size(1)) * 2
dY = loss_grad(Y, Y_gt)

# %% manual.gradients

with torch.inference_mode():
    dX, dW, db = torch.inner(dY, W.T), torch.tensordot(X, dY, dims=((0,), (0,))), torch.atleast_2d(dY).sum(0)

# %% manual.update

with torch.inference_mode(True):
    W_manual = W.subtract(dW.T.mul(lr)); b_manual = b - lr * torch.atleast_2d(db)
