# loses: manual.dY
# mistake: none
# why: divided by different lengths only (the notebook's own sizes don't show it)

# %% manual.dY
dY = 2 * (Y - Y_gt) / (len(Y) * len(Y[0]) if len(Y) != len(Y[0]) else len(Y))
