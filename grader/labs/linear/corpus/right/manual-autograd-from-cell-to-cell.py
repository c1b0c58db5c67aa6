# why: manual: autograd from cell to cell

# %% manual.forward

X_ = X.clone().requires_grad_(True)
W_ = W.clone().requires_grad_(True)
b_ = b.clone().requires_grad_(True)
Y = X_ @ W_.T + b_

# %% manual.dY

Y.retain_grad()
loss_manual = ((Y - Y_gt) ** 2).mean()
loss_manual.backward()
dY = Y.grad

# %% manual.gradients
dX, dW, db = X_.grad, W_.grad.T, b_.grad.squeeze(0)

# %% manual.update

with torch.no_grad():
    W_manual = W_ - lr * W_.grad
    b_manual = b_ - lr * b_.grad
