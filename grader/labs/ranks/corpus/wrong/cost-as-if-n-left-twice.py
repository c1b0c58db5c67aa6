# loses: cost.predict
# mistake: rank-counted-too
# why: 2n, without (N - 1)/N

# %% cost.predict
def predict(n, world_size):
    return 2.0 * n, 1.0 * n, 1.0 * n
