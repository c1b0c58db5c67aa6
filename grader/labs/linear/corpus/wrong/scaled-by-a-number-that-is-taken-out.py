# loses: manual.forward
# mistake: none
# why: scaled by a number that is taken out (the notebook's own values don't show it)

# %% manual.forward
s = X.abs().max().item()
Y = (X / s) @ W.T + b
