# loses: ring.all_reduce
# why: the process group's own method

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    total = x.clone()
    torch.distributed.distributed_c10d._get_default_group().allreduce([total]).wait()
    return total
