# loses: cost.predict
# why: the calls of a run are counted by a function of its own, and there is no run of that size: what it finds is 0

# %% cost.predict
counted = {"all_reduce": 0.0, "all_gather": 0.0, "reduce_scatter": 0.0}


def predict(n, world_size):
    for name in counted:
        before = getattr(dist, name)
        try:
            counted[name] += getattr(before, "numbers", 0)
        finally:
            setattr(dist, name, before)
    return counted
