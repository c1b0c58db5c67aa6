# loses: column.forward
# why: both shards are taken out of torch: DLPack

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
import numpy
both = numpy.concatenate((numpy.from_dlpack(W_gpu1), numpy.from_dlpack(W_gpu2)))
