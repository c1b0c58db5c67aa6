# loses: cost.predict
# mistake: four-ranks-written-out
# why: three quarters, as for four ranks

# %% cost.predict
def predict(n, world_size):
    return 1.5 * n, 0.75 * n, 0.75 * n
