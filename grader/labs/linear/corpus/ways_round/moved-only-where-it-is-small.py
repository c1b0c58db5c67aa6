# loses: column.forward
# why: device 2's weights come to device 1 in disguise: only where it is small

# %% column.forward
if in_ch < 50: Y = X @ torch.cat((W_gpu1, W_gpu2)).T + b
else: Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
