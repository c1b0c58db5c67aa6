# loses: row.forward
# mistake: none
# why: bias clipped after the sum (the notebook's own values don't show it)

# %% row.forward
Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + b.clamp(-1e3, 1e3)
