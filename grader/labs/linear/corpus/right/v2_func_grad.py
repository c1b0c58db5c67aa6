# why: torch.func.grad of the whole loss

# %% manual.forward
out_ch = W.shape[0]
Y = X @ W.T + b

# %% manual.dY
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# %% manual.gradients
dX, gW, gb = torch.func.grad(lambda X, W, b: ((X @ W.T + b - Y_gt) ** 2).mean(), argnums=(0, 1, 2))(X, W, b)
dW = gW.T
db = gb.squeeze(0)

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
