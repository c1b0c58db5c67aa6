# why: bias as an extra column of ones (homogeneous coordinates)

# %% manual.forward
out_ch = W.shape[0]
Y = torch.cat((X, torch.ones_like(X[:, :1])), 1) @ torch.cat((W, b.T), 1).T

# %% manual.dY
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
