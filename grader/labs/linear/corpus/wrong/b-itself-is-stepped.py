# loses: row.update
# why: b itself is stepped

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b -= lr * db
b_tp_row = b.clone()
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
