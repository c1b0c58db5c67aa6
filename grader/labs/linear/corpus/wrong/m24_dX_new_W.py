# loses: manual.gradients
# why: dX computed with the already updated weights

# %% manual.gradients
### BEGIN SOLUTION
# in this pipeline dX isn't really needed:
# there is one block, so no gradient to hand on
dW = X.T @ dY
db = dY.sum(dim=0)
### END SOLUTION

print(", dW: ", dW.shape, ", db: ", db.shape)

# %% manual.update
### BEGIN SOLUTION
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
dX = dY @ W_manual
### END SOLUTION
