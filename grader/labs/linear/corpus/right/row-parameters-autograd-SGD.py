# why: row: parameters, autograd, SGD

# %% row.shard

part_size = in_ch // 2
W_gpu1, W_gpu2 = nn.Parameter(W[:, :part_size].clone()), nn.Parameter(W[:, part_size:].clone())
b_gpu1, b_gpu2 = nn.Parameter(b.clone()), nn.Parameter(b.clone())
X_gpu1, X_gpu2 = X[:, :part_size].clone().requires_grad_(), X[:, part_size:].clone().requires_grad_()

# %% row.forward

Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T
Y = Y_gpu1 + Y_gpu2 + b_gpu1

# %% row.backward

loss_row = nn.functional.mse_loss(Y, Y_gt)
Y.retain_grad()
loss_row.backward()
dY = Y.grad
dX = torch.cat((X_gpu1.grad, X_gpu2.grad), 1)
dW_gpu1, dW_gpu2, db = W_gpu1.grad, W_gpu2.grad, b_gpu1.grad.squeeze(0)

# %% row.update

b_gpu2.grad = b_gpu1.grad.clone()
torch.optim.SGD([W_gpu1, b_gpu1], lr=lr).step()
torch.optim.SGD([W_gpu2, b_gpu2], lr=lr).step()
b_tp_row = b_gpu1.detach().clone()
