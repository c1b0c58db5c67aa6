# loses: cost.predict
# mistake: not-in-chunks
# why: what leaves all ranks together

# %% cost.predict
def predict(n, world_size):
    half = n * (world_size - 1)
    return 2 * half, half, half
