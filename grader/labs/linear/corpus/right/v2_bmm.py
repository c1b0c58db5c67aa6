# why: bmm / batched matvec

# %% manual.forward
out_ch = W.shape[0]
Y = torch.bmm(W.expand(X.shape[0], -1, -1), X.unsqueeze(2)).squeeze(2) + b

# %% manual.dY
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)

# %% manual.update
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
