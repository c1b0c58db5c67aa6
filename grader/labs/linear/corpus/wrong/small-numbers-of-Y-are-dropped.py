# loses: manual.forward
# mistake: none
# why: small numbers of Y are dropped (the notebook's own values don't show it)

# %% manual.forward
Y = X @ W.T + b
Y = torch.where(Y.abs() < 1e-6, 0 * Y, Y)
