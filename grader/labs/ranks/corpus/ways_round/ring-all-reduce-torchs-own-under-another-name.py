# loses: ring.all_reduce
# why: torch.distributed's functional collectives

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    import torch.distributed._functional_collectives as functional
    total = functional.all_reduce(x, "sum", list(range(world_size)))
    return functional.wait_tensor(total)
