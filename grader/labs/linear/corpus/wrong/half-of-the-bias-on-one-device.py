# loses: row.forward
# mistake: none
# why: half of the bias on one device (the catalogue has no such mistake)

# %% row.forward
Y = X_gpu1 @ W_gpu1.T + b / 4 + X_gpu2 @ W_gpu2.T + b / 2
