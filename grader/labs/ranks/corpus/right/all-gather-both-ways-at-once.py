# why: half of the others come from the left, half from the right

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    size = lambda i: n * (i + 1) // world_size - n * i // world_size
    parts = {rank: chunk}
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    from_left, from_right = world_size // 2, (world_size - 1) // 2
    for step in range(from_left):
        i = (rank - step - 1) % world_size
        parts[i] = chunk.new_empty(size(i))
        works = [dist.isend(parts[(rank - step) % world_size], right, tag=1), dist.irecv(parts[i], left, tag=1)]
        for work in works:
            work.wait()
    for step in range(from_right):
        i = (rank + step + 1) % world_size
        parts[i] = chunk.new_empty(size(i))
        works = [dist.isend(parts[(rank + step) % world_size], left, tag=2), dist.irecv(parts[i], right, tag=2)]
        for work in works:
            work.wait()
    return torch.cat([parts[i] for i in range(world_size)])
