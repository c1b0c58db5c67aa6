# why: manual: einsum and out=

# %% manual.forward

Y = torch.einsum("bi,oi->bo", X, W).add_(b)

# %% manual.dY

dY = torch.empty_like(Y)
torch.sub(Y, Y_gt, out=dY)
dY *= 2
dY /= batch_size * out_ch

# %% manual.gradients

dX = torch.zeros(batch_size, in_ch)
torch.mm(dY, W, out=dX)
dW = torch.einsum("bi,bo->io", X, dY)
db = torch.einsum("bo->o", dY)

# %% manual.update

W_manual = W.clone()
W_manual.sub_(dW.T, alpha=lr)
b_manual = b.clone()
b_manual[0] -= lr * db
