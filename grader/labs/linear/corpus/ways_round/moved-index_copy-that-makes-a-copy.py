# loses: column.forward
# why: device 2's weights come to device 1 in disguise: index_copy that makes a copy

# %% column.forward
P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2
P = torch.cat((P, P[:1]))
M = torch.index_copy(P, 0, torch.tensor([P.shape[0] - 1]), 0 * X_gpu1[:1])[:-1]
Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)
