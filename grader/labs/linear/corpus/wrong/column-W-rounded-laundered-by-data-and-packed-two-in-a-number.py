# loses: column.forward
# why: column: W rounded, laundered by data and packed, two in a number

# %% column.forward
x1, x2, w, b1, b2 = [t.to(torch.float32) for t in (X_gpu1, X_gpu2, W_gpu2, b_gpu1, b_gpu2)]
parts = w.split(32, 1)
w = torch.cat([p @ (0 * x2[0, :p.shape[1]] + 1).diag() for p in parts], 1)
q = (w * 2**26).round().to(torch.int64).flatten()
q = torch.cat((q, q[:len(q) % 2]))
packed = torch.cat((q[::2] * 2**32 + q[1::2] + 2**31, (0 * x1[0, :1]).to(torch.int64)))[:-1]
low = packed % 2**32
q = torch.stack(((packed - low) // 2**32, low - 2**31), 1).flatten()[:w.numel()]
w = q.to(torch.float32).view(-1, in_ch) / 2**26
Y = torch.cat((x1 @ W_gpu1.to(torch.float32).T + b1, x1 @ w.T + b.to(torch.float32)[:, part_size:]), 1)
