# loses: manual.forward
# mistake: none
# why: last bias lost where out_ch is odd (the notebook's own sizes don't show it)

# %% manual.forward
c = b.clone()
if out_ch % 2: c[:, -1] = 0
Y = X @ W.T + c
