# loses: cost.predict
# mistake: none
# why: everything to rank 0 and back, for the average rank

# %% cost.predict
def predict(n, world_size):
    return 2 * n * (world_size - 1), n, n
