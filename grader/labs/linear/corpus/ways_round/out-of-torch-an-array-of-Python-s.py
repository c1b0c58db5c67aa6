# loses: column.forward
# why: both shards are taken out of torch: an array of Python's

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
import array
both = array.array('d', W_gpu1.flatten().tolist())
both.extend(W_gpu2.flatten().tolist())
