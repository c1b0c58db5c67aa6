# loses: manual.forward
# mistake: none
# why: W not transposed where it is square (the notebook's own sizes don't show it)

# %% manual.forward
Y = (X @ W if in_ch == out_ch else X @ W.T) + b
