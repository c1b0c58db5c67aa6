# loses: manual.forward
# mistake: low-precision
# why: forward GEMM in bfloat16

# %% manual.forward
### BEGIN SOLUTION
# The ordinary forward pass of a linear layer
Y = (X.bfloat16() @ W.bfloat16().T).to(X.dtype) + b
### END SOLUTION
