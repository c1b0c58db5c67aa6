# loses: row.update
# mistake: step-over-world-size
# why: lr divided by the world size (hidden at 1)

# %% row.update
### BEGIN SOLUTION
W_gpu1 -= lr / 2 * dW_gpu1
W_gpu2 -= lr / 2 * dW_gpu2

b_tp_row = b - lr / 2 * db.unsqueeze(dim=0)
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION
