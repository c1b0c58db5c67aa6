# loses: ring.all_gather
# mistake: none
# why: all turns are started at once: what is passed on has not come yet

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    parts = [chunk.new_zeros(edges[i + 1] - edges[i]) for i in range(world_size)]
    parts[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    works = []
    for step in range(world_size - 1):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        works += [dist.isend(parts[out], right), dist.irecv(parts[into], left)]
    for work in works:
        work.wait()
    return torch.cat(parts)
