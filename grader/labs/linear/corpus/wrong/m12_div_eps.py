# loses: manual.dY
# mistake: number-added-to-divisor
# why: divisor + 1e-5 "for stability"

# %% manual.dY
### BEGIN SOLUTION
# The way the gradient of MSE comes out,
# so that it matches torch's linear layer
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch + 1e-5)
### END SOLUTION
