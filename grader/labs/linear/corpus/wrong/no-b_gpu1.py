# loses: column.forward
# mistake: bias-on-one-device
# why: no b_gpu1 (a mistake of the catalogue in other words)

# %% column.forward
Y = torch.hstack((X_gpu1 @ W_gpu1.T, torch.addmm(b_gpu2, X_gpu2, W_gpu2.T)))
