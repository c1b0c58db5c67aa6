# loses: column.update
# why: gradients zeroed with the step

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
dW_gpu1.zero_()
