# loses: column.shard
# why: column: the shard is a deep copy of a view, all of W with it

# %% column.shard
import copy
part_size = out_ch // 2
W_gpu1, W_gpu2 = copy.deepcopy((W[:part_size], W[part_size:]))
b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
