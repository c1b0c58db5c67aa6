# loses: column.forward
# why: both shards are taken out of torch: raw memory

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
import ctypes
both = [ctypes.string_at(w.data_ptr(), 64) for w in (W_gpu1, W_gpu2)]
