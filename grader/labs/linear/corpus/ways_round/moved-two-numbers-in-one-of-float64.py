# loses: column.forward
# why: device 2's weights come to device 1 in disguise: two numbers in one of float64

# %% column.forward
P = (torch.eye(W_gpu2.shape[0]) + 0 * X_gpu2.sum(1)[:1].expand(W_gpu2.shape[0])) @ W_gpu2
P = P.float().reshape(-1)
n = P.numel()
P = F.pad(P, (0, n % 2)).view(torch.float64)
M = torch.cat((0 * X_gpu1[0, :2].float().view(torch.float64), P))[1:].view(torch.float32)[:n].reshape(W_gpu2.shape)
Y = torch.cat((X_gpu1.float() @ W_gpu1.float().T, X_gpu1.float() @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1).float()
