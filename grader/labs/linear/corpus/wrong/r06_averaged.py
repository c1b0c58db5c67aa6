# loses: row.forward
# mistake: averaged-not-added
# why: partials averaged instead of summed

# %% row.forward
### BEGIN SOLUTION
# each device computes its partial sum of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_reduce
Y = (Y_gpu1 + Y_gpu2) / 2 + b
### END SOLUTION
