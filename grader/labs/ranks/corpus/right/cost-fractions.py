# why: exact fractions

# %% cost.predict
from fractions import Fraction


def predict(n, world_size):
    share = Fraction(n, world_size)
    return 2 * (n - share), n - share, n - share
