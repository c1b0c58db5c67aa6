# loses: cost.predict
# mistake: one-pass
# why: an all-reduce taken for one way round the ring

# %% cost.predict
def predict(n, world_size):
    half = n * (world_size - 1) / world_size
    return half, half, half
