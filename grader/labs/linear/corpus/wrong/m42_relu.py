# loses: manual.forward
# mistake: activation
# why: ReLU slipped in after the linear

# %% manual.forward
### BEGIN SOLUTION
# The ordinary forward pass of a linear layer
Y = torch.relu(X @ W.T + b)
### END SOLUTION
