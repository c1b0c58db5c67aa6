# loses: manual.gradients
# mistake: none
# why: dW clipped by its norm (the notebook's own values don't show it)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY.sum(0)
dW = dW * torch.clamp(1e6 / dW.norm(), max=1.0)
