# loses: manual.gradients
# mistake: db-mean
# why: db averages over the batch (hidden at batch=1)

# %% manual.gradients
### BEGIN SOLUTION
# in this pipeline dX isn't really needed:
# there is one block, so no gradient to hand on
dX = dY @ W
dW = X.T @ dY
db = dY.mean(dim=0)
### END SOLUTION

print("dX: ", dX.shape, ", dW: ", dW.shape, ", db: ", db.shape)
