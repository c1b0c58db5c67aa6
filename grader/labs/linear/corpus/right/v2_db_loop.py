# why: db by python loop

# %% manual.forward
out_ch = W.shape[0]
Y = X @ W.T + b

# %% manual.dY
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = torch.zeros_like(dY[0])
for g in dY: db = db + g

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
