# loses: column.forward
# mistake: none
# why: wrong order and no bias (the catalogue has no such mistake)

# %% column.forward
Y = torch.cat((X_gpu2 @ W_gpu2.T, X_gpu1 @ W_gpu1.T), 1)
