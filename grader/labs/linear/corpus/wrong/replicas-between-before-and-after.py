# loses: row.update
# why: replicas between before and after

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_tp_row = b - lr * db
b_gpu1, b_gpu2 = (b + b_tp_row) / 2, (b + b_tp_row) / 2
