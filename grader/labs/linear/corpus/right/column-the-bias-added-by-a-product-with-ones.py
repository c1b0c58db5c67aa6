# why: column: the bias added by a product with ones

# %% column.forward
ones = torch.ones(batch_size, 1)
Y = torch.cat((X_gpu1 @ W_gpu1.T + ones @ b_gpu1, torch.addmm(ones @ b_gpu2, X_gpu2, W_gpu2.T)), 1)
