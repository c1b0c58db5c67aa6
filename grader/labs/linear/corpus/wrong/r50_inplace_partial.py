# loses: row.forward
# mistake: bias-on-every-rank
# why: b added in place into rank 1's partial AND after the sum

# %% row.forward
### BEGIN SOLUTION
# each device computes its partial sum of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_reduce
Y_gpu1 += b; Y = Y_gpu1 + Y_gpu2 + b
### END SOLUTION
