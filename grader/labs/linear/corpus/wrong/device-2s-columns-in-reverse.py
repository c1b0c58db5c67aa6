# loses: column.forward
# mistake: none
# why: device 2's columns in reverse (the catalogue has no such mistake)

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, (X_gpu2 @ W_gpu2.T + b_gpu2).flip(1)), 1)
