# why: manual: float32 by name

# %% manual.forward

Y = torch.zeros(batch_size, out_ch, dtype=torch.float32, device=device)
Y += X @ W.T
Y += b

# %% manual.gradients

dX = torch.empty(batch_size, in_ch, dtype=torch.float32)
dX[:] = dY @ W
ones = torch.ones(batch_size, dtype=torch.float32)
dW, db = X.T @ dY, ones @ dY

# %% manual.update

W_manual = torch.empty(out_ch, in_ch, dtype=torch.float32).copy_(W - lr * dW.T)
b_manual = torch.zeros(1, out_ch, dtype=torch.float).add_(b).sub_(lr * db)
