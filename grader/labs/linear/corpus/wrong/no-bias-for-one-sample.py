# loses: manual.forward
# mistake: none
# why: no bias for one sample (the notebook's own sizes don't show it)

# %% manual.forward
Y = X @ W.T + (b if batch_size > 1 else 0 * b)
