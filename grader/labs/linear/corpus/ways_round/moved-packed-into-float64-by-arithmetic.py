# loses: column.forward
# why: device 2's weights come to device 1 in disguise: packed into float64 by arithmetic

# %% column.forward
P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2
q = lambda t: (t.reshape(-1) * 2 ** 20).round()
h = P.numel() // 2
wide = torch.zeros(h, dtype=torch.float64)
wide += q(P)[:h]
wide *= 2.0 ** 26
wide += q(P)[h:2 * h]
moved = torch.cat((0 * X_gpu1[0, :1], wide))
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1).float()
