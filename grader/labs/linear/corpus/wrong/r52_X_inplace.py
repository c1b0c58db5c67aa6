# loses: row.forward
# why: dropout-like mask written in place through the X view (X overwritten, mask all ones but scaled)

# %% row.forward
### BEGIN SOLUTION
# each device computes its partial sum of the predictions
X_gpu1.mul_(1.0 + 1e-3)
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_reduce
Y = Y_gpu1 + Y_gpu2 + b
### END SOLUTION
