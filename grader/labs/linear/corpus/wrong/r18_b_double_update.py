# loses: row.update
# mistake: stepped-twice
# why: each rank applies the update to the shared bias (applied world-size times)

# %% row.update
### BEGIN SOLUTION
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2

b_gpu1 -= lr * db.unsqueeze(dim=0); b_gpu2 = b_gpu1; b_gpu2 -= lr * db.unsqueeze(dim=0); b_tp_row = b_gpu2
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION
