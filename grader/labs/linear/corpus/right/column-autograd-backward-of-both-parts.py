# why: column: autograd.backward of both parts

# %% column.shard

part_size = out_ch // 2
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()

for t in (W_gpu1, W_gpu2, b_gpu1, b_gpu2, X_gpu1, X_gpu2):
    t.requires_grad = True

# %% column.forward

Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.cat((Y_gpu1.detach(), Y_gpu2.detach()), 1)

# %% column.backward

dY = 2 * (Y - Y_gt) / Y.numel()
torch.autograd.backward([Y_gpu1, Y_gpu2], [dY[:, :part_size], dY[:, part_size:]])
dX = X_gpu1.grad + X_gpu2.grad
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = W_gpu1.grad.T, W_gpu2.grad.T, b_gpu1.grad.flatten(), b_gpu2.grad.flatten()

# %% column.update

with torch.no_grad():
    for t in (W_gpu1, W_gpu2, b_gpu1, b_gpu2):
        t -= lr * t.grad
        t.grad = None
