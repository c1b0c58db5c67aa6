# why: column: dictionaries

# %% column.shard

part_size = out_ch // 2
W_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()

gpu1 = {"W": W_gpu1, "b": b_gpu1, "X": X_gpu1}
gpu2 = {"W": W_gpu2, "b": b_gpu2, "X": X_gpu2}

# %% column.forward

for gpu in (gpu1, gpu2):
    gpu["Y"] = gpu["X"] @ gpu["W"].T + gpu["b"]
Y_gpu1, Y_gpu2 = gpu1["Y"], gpu2["Y"]
Y = torch.cat([gpu1["Y"], gpu2["Y"]], dim=-1)

# %% column.backward

dY = 2 * (Y - Y_gt) / Y.numel()
gpu1["dY"], gpu2["dY"] = dY[:, :part_size], dY[:, part_size:]
for gpu in (gpu1, gpu2):
    gpu["dX"] = gpu["dY"] @ gpu["W"]
    gpu["dW"] = gpu["X"].T @ gpu["dY"]
    gpu["db"] = gpu["dY"].sum(dim=0)
dX = gpu1["dX"] + gpu2["dX"]
dW_gpu1, dW_gpu2, db_gpu1, db_gpu2 = gpu1["dW"], gpu2["dW"], gpu1["db"], gpu2["db"]

# %% column.update

for gpu in (gpu1, gpu2):
    gpu["W"] -= lr * gpu["dW"].T
    gpu["b"] -= lr * gpu["db"].unsqueeze(0)
