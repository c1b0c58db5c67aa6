# why: manual: numbers of other kinds beside the result

# %% manual.dY
import numpy
phase = torch.tensor(1j)
dY = (Y - Y_gt) * (numpy.float64(2) / numpy.prod(Y.shape)) + 0 * abs(1j)
