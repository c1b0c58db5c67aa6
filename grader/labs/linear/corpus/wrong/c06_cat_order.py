# loses: column.forward
# mistake: joined-in-wrong-order
# why: all_gather concatenates in the wrong rank order

# %% column.forward
### BEGIN SOLUTION
# each device computes its part of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2

# all_gather
Y = torch.cat((Y_gpu2, Y_gpu1), 1)
### END SOLUTION
