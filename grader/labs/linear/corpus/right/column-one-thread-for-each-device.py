# why: column: one thread for each device

# %% column.forward
from concurrent.futures import ThreadPoolExecutor
def device(X, W, b): return X @ W.T + b
with ThreadPoolExecutor(2) as devices:
    parts = list(devices.map(device, (X_gpu1, X_gpu2), (W_gpu1, W_gpu2), (b_gpu1, b_gpu2)))
Y = torch.cat(parts, 1)
