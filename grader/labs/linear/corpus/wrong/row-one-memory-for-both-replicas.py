# loses: row.update
# why: row: one memory for both replicas

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_tp_row = b - lr * db.unsqueeze(0)
b_gpu1 = b_gpu2 = b_tp_row
