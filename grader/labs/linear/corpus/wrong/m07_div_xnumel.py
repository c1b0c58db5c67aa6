# loses: manual.dY
# mistake: divided-by-size-of-X
# why: divisor is X.numel()=batch*in (hidden when in==out)

# %% manual.dY
### BEGIN SOLUTION
# The way the gradient of MSE comes out,
# so that it matches torch's linear layer
dY = 2 * (Y - Y_gt) / X.numel()
### END SOLUTION
