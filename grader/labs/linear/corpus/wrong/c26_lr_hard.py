# loses: column.update
# mistake: lr-written-out
# why: lr hard-coded 0.3

# %% column.update
### BEGIN SOLUTION
# The update of the weights
W_gpu1 -= 0.3 * dW_gpu1.T
W_gpu2 -= 0.3 * dW_gpu2.T
b_gpu1 -= 0.3 * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= 0.3 * db_gpu2.unsqueeze(dim=0)
### END SOLUTION
