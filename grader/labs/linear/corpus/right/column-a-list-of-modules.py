# why: column: a list of modules

# %% column.shard

part_size = out_ch // 2
shards = nn.ModuleList([nn.Linear(in_ch, n) for n in (part_size, out_ch - part_size)])
for layer, w, c in zip(shards, W.split([part_size, out_ch - part_size]), b.split([part_size, out_ch - part_size], dim=1)):
    layer.weight.data.copy_(w)
    layer.bias.data.copy_(c.squeeze(0))
W_gpu1, W_gpu2 = (layer.weight.data for layer in shards)
b_gpu1, b_gpu2 = (layer.bias.data[None] for layer in shards)
X_gpu1, X_gpu2 = (X.clone() for _ in shards)
optimizer = torch.optim.SGD(shards.parameters(), lr=lr)

# %% column.forward

with torch.no_grad():
    Y = torch.cat([layer(x) for layer, x in zip(shards, (X_gpu1, X_gpu2))], dim=1)

# %% column.update

for layer, g, h in zip(shards, (dW_gpu1, dW_gpu2), (db_gpu1, db_gpu2)):
    layer.weight.grad, layer.bias.grad = g.T.clone(), h.clone()
optimizer.step()
