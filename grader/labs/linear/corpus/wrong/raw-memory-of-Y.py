# loses: manual.forward
# why: raw memory of Y

# %% manual.forward
import ctypes
Y = X @ W.T + b
ctypes.memset(Y.data_ptr(), 0, Y.nbytes // 2)
