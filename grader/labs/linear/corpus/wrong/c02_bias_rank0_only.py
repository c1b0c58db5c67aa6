# loses: column.forward
# mistake: bias-on-one-device
# why: bias added on the first rank only

# %% column.forward
### BEGIN SOLUTION
# each device computes its part of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_gather
Y = torch.cat((Y_gpu1, Y_gpu2), 1)
### END SOLUTION
