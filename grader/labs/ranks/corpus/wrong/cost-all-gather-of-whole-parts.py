# loses: cost.predict
# mistake: not-in-chunks
# why: n taken for each rank's own part in the all-gather

# %% cost.predict
def predict(n, world_size):
    half = n * (world_size - 1) / world_size
    return 2 * half, n * (world_size - 1), half
