# why: 2/N/M as two divisions

# %% manual.forward
out_ch = W.shape[0]
Y = X @ W.T + b

# %% manual.dY
dY = (Y - Y_gt) * 2 / X.shape[0] / out_ch

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
