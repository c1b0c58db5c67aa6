# loses: cost.predict
# mistake: messages-not-numbers
# why: how many messages, not how many numbers

# %% cost.predict
def predict(n, world_size):
    return 2 * (world_size - 1), world_size - 1, world_size - 1
