# loses: ring.reduce_scatter
# says: are enough
# why: all of x from each to each

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    parts, works = [x if i == rank else torch.empty_like(x) for i in range(world_size)], []
    for i in range(world_size):
        if i != rank:
            works += [dist.isend(x, i), dist.irecv(parts[i], i)]
    for work in works:
        work.wait()
    return torch.stack(parts).sum(0)[len(x) * rank // world_size : len(x) * (rank + 1) // world_size]
