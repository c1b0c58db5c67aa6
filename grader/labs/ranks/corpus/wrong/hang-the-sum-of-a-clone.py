# loses: debug.hang
# mistake: own-mean
# why: a clone is summed (Megatron-LM#5337)

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total.clone())
    return x - total / n
