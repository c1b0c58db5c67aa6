# loses: ring.all_reduce
# mistake: averaged-not-added
# why: divided by the number of ranks, as DistributedDataParallel does it (LLM-Training-Puzzles#9)

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    return all_gather(rank, world_size, reduce_scatter(rank, world_size, x), len(x)) / world_size
