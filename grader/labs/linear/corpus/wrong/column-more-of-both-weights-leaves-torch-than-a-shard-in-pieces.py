# loses: column.forward
# why: column: more of both weights leaves torch than a shard, in pieces

# %% column.forward
kept = [row.tolist() for w in (W_gpu1, W_gpu2) for row in w[: w.shape[0] * 3 // 4]]
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
