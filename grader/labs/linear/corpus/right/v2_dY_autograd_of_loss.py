# why: autograd only for the loss

# %% manual.forward
out_ch = W.shape[0]
Y = X @ W.T + b

# %% manual.dY
Yr = Y.detach().requires_grad_(True); dY = torch.autograd.grad(((Yr - Y_gt) ** 2).mean(), Yr)[0]

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
