# why: torch.sub(alpha=lr)

# %% manual.forward
out_ch = W.shape[0]
Y = X @ W.T + b

# %% manual.dY
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)

# %% manual.update
W_manual = torch.sub(W, dW.T, alpha=lr)
b_manual = b - lr * db.unsqueeze(dim=0)
