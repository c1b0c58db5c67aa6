# loses: ring.all_gather
# says: broadcast is not for this task
# why: torch's own broadcast, from each rank

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    parts = [chunk.new_empty(n * (i + 1) // world_size - n * i // world_size) for i in range(world_size)]
    parts[rank] = chunk.clone()
    for i in range(world_size):
        dist.broadcast(parts[i], i)
    return torch.cat(parts)
