# loses: manual.forward
# mistake: none
# why: matmul patched

# %% manual.forward
product = torch.Tensor.__matmul__
torch.Tensor.__matmul__ = lambda one, other: 2 * product(one, other)
try: Y = X @ W.T + b
finally: torch.Tensor.__matmul__ = product
