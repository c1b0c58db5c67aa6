# loses: row.update
# mistake: not-updated
# why: last weight shard not updated

# %% row.update
### BEGIN SOLUTION
W_gpu1 -= lr * dW_gpu1

b_tp_row = b - lr * db.unsqueeze(dim=0)
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION
