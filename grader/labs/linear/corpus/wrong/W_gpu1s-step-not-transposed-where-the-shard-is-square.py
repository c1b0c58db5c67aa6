# loses: column.update
# mistake: none
# why: W_gpu1's step not transposed where the shard is square (the notebook's own sizes don't show it)

# %% column.update
W_gpu1 -= lr * (dW_gpu1 if dW_gpu1.shape == W_gpu1.shape else dW_gpu1.T)
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
