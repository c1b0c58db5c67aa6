# loses: column.forward
# why: device 2's weights come to device 1 in disguise: one number written from device 1 takes all with it

# %% column.forward
P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2
P[:1, :1] += 0 * X_gpu1[:1, :1]
M = P
Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)
