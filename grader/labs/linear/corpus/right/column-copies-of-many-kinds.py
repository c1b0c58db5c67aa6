# why: column: copies of many kinds

# %% column.shard

part_size = out_ch // 2
W_gpu1 = torch.tensor(W[:part_size])
W_gpu2 = torch.asarray(W[part_size:], copy=True)
b_gpu1 = W.new_tensor(b[:, :part_size])
b_gpu2 = torch.narrow_copy(b, 1, part_size, out_ch - part_size)
X_gpu1 = X.to(device, copy=True)
X_gpu2 = 1.0 * X
