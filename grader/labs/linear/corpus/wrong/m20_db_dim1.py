# loses: manual.gradients
# mistake: db-over-wrong-dim
# why: db sums over outputs

# %% manual.gradients
### BEGIN SOLUTION
# in this pipeline dX isn't really needed:
# there is one block, so no gradient to hand on
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=1)
### END SOLUTION

print("dX: ", dX.shape, ", dW: ", dW.shape, ", db: ", db.shape)
