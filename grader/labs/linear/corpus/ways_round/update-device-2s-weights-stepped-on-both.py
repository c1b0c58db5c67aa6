# loses: column.update
# why: update: device 2's weights stepped on both

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 = W_gpu2 - lr * (dW_gpu2.T + 0 * dW_gpu1[:, :1].T)
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
