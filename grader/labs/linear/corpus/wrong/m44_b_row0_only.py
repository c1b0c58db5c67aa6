# loses: manual.forward
# mistake: bias-on-first-row
# why: bias added to the first sample only (hidden at batch=1)

# %% manual.forward
### BEGIN SOLUTION
# The ordinary forward pass of a linear layer
Y = X @ W.T; Y[:1] += b
### END SOLUTION
