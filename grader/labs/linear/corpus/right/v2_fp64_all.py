# why: everything in float64, cast back at the end

# %% manual.forward
out_ch = W.shape[0]
dt = lr_dtype = b.dtype
X, W, b, Y_gt = [t.double() for t in (X, W, b, Y_gt)]; Y = X @ W.T + b
Y = Y.to(dt)

# %% manual.dY
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
