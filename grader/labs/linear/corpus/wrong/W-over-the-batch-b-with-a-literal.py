# loses: manual.update
# mistake: none
# why: W over the batch, b with a literal (the catalogue has no such mistake)

# %% manual.update
W_manual = W - lr * dW.T / batch_size
b_manual = b - 0.1 * db
