# loses: manual.update
# mistake: none
# why: learning rate cut off (the notebook's own values don't show it)

# %% manual.update
W_manual = W - min(lr, 0.25) * dW.T
b_manual = b - min(lr, 0.25) * db
