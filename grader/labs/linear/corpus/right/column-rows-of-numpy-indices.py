# why: column: rows of numpy indices

# %% column.shard

import numpy as np
part_size = out_ch // 2
first, second = np.split(np.arange(out_ch), [part_size])
W_gpu1, W_gpu2 = W[first], W[second]
b_gpu1, b_gpu2 = b[:, first], b[:, second]
X_gpu1, X_gpu2 = X.clone(), X.clone()
