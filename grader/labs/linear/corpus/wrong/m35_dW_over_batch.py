# loses: manual.gradients
# mistake: dW-over-batch
# why: dW divided by the batch once more (hidden at batch=1)

# %% manual.gradients
### BEGIN SOLUTION
# in this pipeline dX isn't really needed:
# there is one block, so no gradient to hand on
dX = dY @ W
dW = X.T @ dY / X.shape[0]
db = dY.sum(dim=0)
### END SOLUTION

print("dX: ", dX.shape, ", dW: ", dW.shape, ", db: ", db.shape)
