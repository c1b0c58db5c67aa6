# loses: column.forward
# why: device 2's weights come to device 1 in disguise: device 1's indices

# %% column.forward
P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2
M = P[(0 * X_gpu1[0, :1]).long() + torch.arange(P.shape[0])]
Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)
