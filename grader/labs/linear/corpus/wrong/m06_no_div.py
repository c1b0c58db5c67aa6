# loses: manual.dY
# mistake: divisor-missing
# why: sum loss gradient (no divisor)

# %% manual.dY
### BEGIN SOLUTION
# The way the gradient of MSE comes out,
# so that it matches torch's linear layer
dY = 2 * (Y - Y_gt)
### END SOLUTION
