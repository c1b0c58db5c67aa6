# loses: manual.update
# mistake: step-wrong-way
# why: step by torch.add (a mistake of the catalogue in other words)

# %% manual.update
W_manual = torch.add(W, dW.T, alpha=lr)
b_manual = torch.add(b, db, alpha=lr)
