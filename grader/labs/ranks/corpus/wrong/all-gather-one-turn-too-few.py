# loses: ring.all_gather
# mistake: chunks-left-at-zero
# why: N - 2 turns

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    parts = [chunk.new_zeros(edges[i + 1] - edges[i]) for i in range(world_size)]
    parts[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 2):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        going = dist.isend(parts[out], right)
        dist.recv(parts[into], left)
        going.wait()
    return torch.cat(parts)
