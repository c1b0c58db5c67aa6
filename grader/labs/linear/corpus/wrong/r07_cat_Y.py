# loses: row.forward
# mistake: joined-not-added
# why: partials concatenated instead of summed

# %% row.forward
### BEGIN SOLUTION
# each device computes its partial sum of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_reduce
Y = torch.cat((Y_gpu1 + b, Y_gpu2 + b), 1)
### END SOLUTION
