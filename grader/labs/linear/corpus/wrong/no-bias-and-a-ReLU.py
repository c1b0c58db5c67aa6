# loses: manual.forward
# mistake: none
# why: no bias and a ReLU (the catalogue has no such mistake)

# %% manual.forward
Y = torch.relu(X @ W.T)
