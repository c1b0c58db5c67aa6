# why: manual: everything from torch

# %% manual.forward

from torch import *
Y = add(matmul(X, t(W)), b)

# %% manual.dY

from torch import *
dY = div(mul(sub(Y, Y_gt), 2), batch_size * out_ch)
