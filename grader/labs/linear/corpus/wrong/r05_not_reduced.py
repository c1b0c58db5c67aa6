# loses: row.forward
# mistake: not-reduced
# why: Y is only the first rank's partial

# %% row.forward
### BEGIN SOLUTION
# each device computes its partial sum of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_reduce
Y = Y_gpu1 + b
### END SOLUTION
