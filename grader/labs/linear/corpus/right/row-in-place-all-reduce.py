# why: row: in-place all-reduce

# %% row.forward
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T
Y_gpu1 += Y_gpu2
Y = Y_gpu1 + b
