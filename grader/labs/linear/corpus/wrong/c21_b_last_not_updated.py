# loses: column.update
# mistake: not-updated
# why: last bias shard not updated

# %% column.update
### BEGIN SOLUTION
# The update of the weights
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
### END SOLUTION
