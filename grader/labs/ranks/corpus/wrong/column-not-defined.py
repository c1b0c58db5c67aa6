# loses: column.step
# mistake: none
# says: the cell has to define a function column_step(
# why: not defined

# %% column.step
def colum_step(X, W, b, Y_gt, lr):
    return None
