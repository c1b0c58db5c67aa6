# loses: column.forward
# why: device 2's weights come to device 1 in disguise: into a buffer of device 1

# %% column.forward
P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2
M = (0 * X_gpu1[:1]).expand(P.shape[0], -1).clone()
M.copy_(P)
Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)
