# why: row: deepcopy of contiguous cuts

# %% row.shard
import copy
part_size = in_ch // 2
W_gpu1, W_gpu2 = [copy.deepcopy(w.contiguous()) for w in (W[:, :part_size], W[:, part_size:])]
b_gpu1, b_gpu2 = copy.deepcopy(b), b.clone()
X_gpu1, X_gpu2 = X.tensor_split([part_size], dim=1)
