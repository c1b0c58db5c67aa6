# loses: row.forward
# mistake: bias-on-every-rank
# why: the bias on both devices before the sum (a mistake of the catalogue in other words)

# %% row.forward
Y = sum((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2))
