# loses: column.update
# mistake: not-updated
# why: a copy is stepped

# %% column.update
A = W_gpu1.clone()
A -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
