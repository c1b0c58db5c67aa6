# loses: cost.predict
# mistake: another-order
# why: all-gather before all-reduce

# %% cost.predict
def predict(n, world_size):
    half = n * (world_size - 1) / world_size
    return half, 2 * half, half
