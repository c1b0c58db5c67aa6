# loses: manual.gradients
# mistake: none
# why: db without the last sample (the catalogue has no such mistake)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = dY[:-1].sum(0)
