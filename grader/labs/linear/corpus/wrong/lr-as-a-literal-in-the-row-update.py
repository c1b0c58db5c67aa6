# loses: row.update
# mistake: lr-written-out
# why: lr as a literal in the row update (a mistake of the catalogue in other words)

# %% row.update
W_gpu1 -= 0.01 * dW_gpu1
W_gpu2 -= 0.01 * dW_gpu2
b_tp_row = b - 0.01 * db
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
