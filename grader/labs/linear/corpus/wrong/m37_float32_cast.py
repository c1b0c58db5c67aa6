# loses: manual.forward
# mistake: low-precision
# why: .float() in the middle (fp64 input silently loses digits)

# %% manual.forward
### BEGIN SOLUTION
# The ordinary forward pass of a linear layer
Y = (X.float() @ W.float().T).to(X.dtype) + b
### END SOLUTION
