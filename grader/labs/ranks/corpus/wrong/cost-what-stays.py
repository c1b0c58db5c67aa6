# loses: cost.predict
# mistake: what-stays
# why: what a rank keeps, not what leaves it

# %% cost.predict
def predict(n, world_size):
    return 2 * n / world_size, n / world_size, n / world_size
