# loses: debug.hang
# why: numbers taken out of tensors stay those of the recording

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total)
    return torch.tensor([float(number) for number in x - total / n], dtype=x.dtype)
