# loses: row.update
# mistake: step-over-world-size
# why: bias step divided by the world size (hidden at 1)

# %% row.update
### BEGIN SOLUTION
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2

b_tp_row = b - lr * db.unsqueeze(dim=0) / 2
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION
