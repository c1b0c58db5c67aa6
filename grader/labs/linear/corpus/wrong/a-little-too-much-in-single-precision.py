# loses: manual.forward
# mistake: none
# why: a little too much, in single precision (the notebook's own values don't show it)

# %% manual.forward
Y = (X @ W.T + b).float() + 1e-6
