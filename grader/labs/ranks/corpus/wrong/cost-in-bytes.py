# loses: cost.predict
# mistake: bytes-not-numbers
# why: bytes for numbers

# %% cost.predict
def predict(n, world_size):
    half = 4 * n * (world_size - 1) / world_size
    return 2 * half, half, half
