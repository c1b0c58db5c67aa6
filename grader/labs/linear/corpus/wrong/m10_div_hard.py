# loses: manual.dY
# mistake: divisor-written-out
# why: divisor hard-coded 32*608

# %% manual.dY
### BEGIN SOLUTION
# The way the gradient of MSE comes out,
# so that it matches torch's linear layer
dY = 2 * (Y - Y_gt) / (32 * 608)
### END SOLUTION
