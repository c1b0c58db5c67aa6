# loses: column.forward
# mistake: none
# why: device 1's half twice where halves are alike (the notebook's own sizes don't show it)

# %% column.forward
A, B = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2
Y = torch.cat((A, A if A.shape == B.shape else B), 1)
