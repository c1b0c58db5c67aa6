# why: row: bias replica of device 1

# %% row.forward
Y = X_gpu1 @ W_gpu1.T + b_gpu1 + X_gpu2 @ W_gpu2.T
