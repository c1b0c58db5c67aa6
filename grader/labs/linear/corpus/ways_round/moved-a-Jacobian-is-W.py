# loses: column.forward
# why: device 2's weights come to device 1 in disguise: a Jacobian is W

# %% column.forward
M = torch.autograd.functional.jacobian(lambda x: x @ W_gpu2.T, X_gpu2[0]) + 0 * X_gpu1[:1]
Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ M.T), 1) + torch.cat((b_gpu1, b_gpu2), 1)
