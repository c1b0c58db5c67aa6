# loses: column.forward
# why: both shards are taken out of torch: two pickles

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
import pickle
both = pickle.dumps(W_gpu1), pickle.dumps(W_gpu2)
