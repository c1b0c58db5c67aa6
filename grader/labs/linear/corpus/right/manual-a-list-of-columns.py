# why: manual: a list of columns

# %% manual.dY

order = list(range(out_ch))
dY = (2 * (Y[:, order] - Y_gt[:, order])) / (len(Y) * len(Y[0]))
