# loses: row.forward
# mistake: none
# why: the bias twice for one sample (the notebook's own sizes don't show it)

# %% row.forward
Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + b
if batch_size == 1: Y = Y + b
