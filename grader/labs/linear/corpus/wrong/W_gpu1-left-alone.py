# loses: row.update
# mistake: not-updated
# why: W_gpu1 left alone (a mistake of the catalogue in other words)

# %% row.update
W_gpu2 -= lr * dW_gpu2
b_tp_row = b - lr * db
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
