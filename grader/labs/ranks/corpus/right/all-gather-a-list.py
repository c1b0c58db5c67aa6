# why: a list of chunks, what came is passed on

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    sizes = [n * (i + 1) // world_size - n * i // world_size for i in range(world_size)]
    parts = [chunk if i == rank else chunk.new_empty(sizes[i]) for i in range(world_size)]
    for step in range(world_size - 1):
        going = dist.isend(parts[(rank - step) % world_size], (rank + 1) % world_size)
        dist.recv(parts[(rank - step - 1) % world_size], (rank - 1) % world_size)
        going.wait()
    return torch.cat(parts)
