# why: manual: the given tensors require gradients

# %% manual.forward

for t in (X, W, b):
    t.requires_grad_(True)
Y = X @ W.T + b

# %% manual.dY

Y.retain_grad()
nn.MSELoss()(Y, Y_gt).backward()
dY = Y.grad.clone()

# %% manual.gradients
dX, dW, db = X.grad.clone(), W.grad.T.clone(), b.grad.squeeze(0).clone()

# %% manual.update

with torch.no_grad():
    W_manual, b_manual = W - lr * W.grad, b - lr * b.grad
for t in (X, W, b):
    t.requires_grad_(False)
