# loses: manual.forward
# mistake: none
# why: no bias where out_ch is larger (the notebook's own sizes don't show it)

# %% manual.forward
Y = X @ W.T + (b if in_ch > out_ch else 0 * b)
