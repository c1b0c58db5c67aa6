# loses: manual.dY
# mistake: factor-two-missing
# why: factor 2 missing

# %% manual.dY
### BEGIN SOLUTION
# The way the gradient of MSE comes out,
# so that it matches torch's linear layer
dY = (Y - Y_gt) / (X.shape[0] * out_ch)
### END SOLUTION
