# loses: row.forward
# mistake: none
# why: partial sums weighted (the catalogue has no such mistake)

# %% row.forward
Y = 0.75 * (X_gpu1 @ W_gpu1.T) + 0.25 * (X_gpu2 @ W_gpu2.T) + b
