# why: manual: the bias as a column of W

# %% manual.forward

Xb = torch.cat([X, torch.ones(batch_size, 1)], dim=1)
Wb = torch.cat([W, b.T], dim=1)
Y = Xb @ Wb.T

# %% manual.gradients

dXb, dWb = dY @ Wb, Xb.T @ dY
dX, dW, db = dXb[:, :-1], dWb[:-1], dWb[-1]

# %% manual.update

Wb_new = Wb - lr * dWb.T
W_manual, b_manual = Wb_new[:, :-1], Wb_new[:, -1:].T
