# loses: manual.forward
# why: a function for each number of Y

# %% manual.forward
Y = X @ W.T + b
Y.apply_(lambda v: v + 1)
