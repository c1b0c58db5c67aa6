# loses: manual.forward
# mistake: none
# why: no bias where X is all negative (the notebook's own values don't show it)

# %% manual.forward
Y = X @ W.T + b if X.max() > 0 else X @ W.T
