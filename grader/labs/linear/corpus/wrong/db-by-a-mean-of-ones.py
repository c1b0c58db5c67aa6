# loses: manual.gradients
# mistake: db-mean
# why: db by a mean of ones (a mistake of the catalogue in other words)

# %% manual.gradients
dX = dY @ W
dW = X.T @ dY
db = (torch.ones(1, batch_size) @ dY)[0] / batch_size
