# loses: cost.predict
# mistake: rounded-to-whole-numbers
# why: n // N for n / N

# %% cost.predict
def predict(n, world_size):
    half = n // world_size * (world_size - 1)
    return 2 * half, half, half
