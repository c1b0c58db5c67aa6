# loses: column.forward
# mistake: joined-along-wrong-dim
# why: all_gather along dim 0

# %% column.forward
### BEGIN SOLUTION
# each device computes its part of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2

# all_gather
Y = torch.cat((Y_gpu1, Y_gpu2), 0)
### END SOLUTION
