# loses: manual.update
# mistake: none
# why: step's orientation guessed from its shape (the notebook's own sizes don't show it)

# %% manual.update
step = dW if dW.shape == W.shape else dW.T
W_manual = W - lr * step
b_manual = b - lr * db
