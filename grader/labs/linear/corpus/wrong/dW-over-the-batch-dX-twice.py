# loses: manual.gradients
# mistake: none
# why: dW over the batch, dX twice (the catalogue has no such mistake)

# %% manual.gradients
dX = 2 * dY @ W
dW = X.T @ dY / batch_size
db = dY.sum(0)
