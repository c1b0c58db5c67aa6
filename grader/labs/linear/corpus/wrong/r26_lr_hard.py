# loses: row.update
# mistake: lr-written-out
# why: lr hard-coded 0.3

# %% row.update
### BEGIN SOLUTION
W_gpu1 -= 0.3 * dW_gpu1
W_gpu2 -= 0.3 * dW_gpu2

b_tp_row = b - 0.3 * db.unsqueeze(dim=0)
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION
