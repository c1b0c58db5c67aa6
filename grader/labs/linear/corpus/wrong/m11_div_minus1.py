# loses: manual.dY
# mistake: divided-by-numel-minus-one
# why: unbiased divisor N*M-1

# %% manual.dY
### BEGIN SOLUTION
# The way the gradient of MSE comes out,
# so that it matches torch's linear layer
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch - 1)
### END SOLUTION
