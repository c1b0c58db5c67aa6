# why: column: parameters, autograd, SGD

# %% column.shard

part_size = out_ch // 2
W_gpu1 = nn.Parameter(W[:part_size].clone())
W_gpu2 = nn.Parameter(W[part_size:].clone())
b_gpu1 = nn.Parameter(b[:, :part_size].clone())
b_gpu2 = nn.Parameter(b[:, part_size:].clone())
X_gpu1 = X.clone().requires_grad_()
X_gpu2 = X.clone().requires_grad_()
optimizers = [torch.optim.SGD([W_gpu1, b_gpu1], lr=lr), torch.optim.SGD([W_gpu2, b_gpu2], lr=lr)]

# %% column.forward

Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.cat((Y_gpu1, Y_gpu2), dim=1)

# %% column.backward

dY = 2 * (Y - Y_gt) / Y.numel()
Y.backward(dY.detach())
dY = dY.detach()
dX = X_gpu1.grad + X_gpu2.grad
dW_gpu1, dW_gpu2 = W_gpu1.grad.T, W_gpu2.grad.T
db_gpu1, db_gpu2 = b_gpu1.grad[0], b_gpu2.grad[0]

# %% column.update

for optimizer in optimizers:
    optimizer.step()
