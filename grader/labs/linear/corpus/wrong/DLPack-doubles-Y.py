# loses: manual.forward
# why: DLPack doubles Y

# %% manual.forward
import numpy
Y = X @ W.T + b
numpy.from_dlpack(Y)[...] *= 2
