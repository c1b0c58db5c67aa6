# why: column: nn.Linear on each device

# %% column.shard

part_size = out_ch // 2
gpu1, gpu2 = nn.Linear(in_ch, part_size), nn.Linear(in_ch, out_ch - part_size)
with torch.no_grad():
    gpu1.weight.copy_(W[:part_size]); gpu1.bias.copy_(b[0, :part_size])
    gpu2.weight.copy_(W[part_size:]); gpu2.bias.copy_(b[0, part_size:])
W_gpu1, W_gpu2 = gpu1.weight.data, gpu2.weight.data
b_gpu1, b_gpu2 = gpu1.bias.data.unsqueeze(0), gpu2.bias.data.unsqueeze(0)
X_gpu1, X_gpu2 = X.clone(), X.clone()

# %% column.forward

X_gpu1.requires_grad_(); X_gpu2.requires_grad_()
Y_gpu1, Y_gpu2 = gpu1(X_gpu1), gpu2(X_gpu2)
Y_graph = torch.cat((Y_gpu1, Y_gpu2), 1)
Y = Y_graph.detach()

# %% column.backward

dY = 2 * (Y - Y_gt) / (batch_size * out_ch)
Y_graph.backward(dY)
dX = X_gpu1.grad + X_gpu2.grad
dW_gpu1, dW_gpu2 = gpu1.weight.grad.T, gpu2.weight.grad.T
db_gpu1, db_gpu2 = gpu1.bias.grad, gpu2.bias.grad

# %% column.update

with torch.no_grad():
    for gpu in (gpu1, gpu2):
        for p in gpu.parameters():
            p -= lr * p.grad
