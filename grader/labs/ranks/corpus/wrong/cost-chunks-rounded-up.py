# loses: cost.predict
# mistake: rounded-to-whole-numbers
# why: the longest chunk each turn, for the average

# %% cost.predict
def predict(n, world_size):
    half = -(-n // world_size) * (world_size - 1)
    return 2 * half, half, half
