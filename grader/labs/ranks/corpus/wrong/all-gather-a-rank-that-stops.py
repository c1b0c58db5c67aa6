# loses: ring.all_gather
# mistake: none
# says: waits
# why: the last rank has all that it wants one turn early, and stops passing on

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    parts = [chunk.new_zeros(edges[i + 1] - edges[i]) for i in range(world_size)]
    parts[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        going = dist.isend(parts[out], right)
        dist.recv(parts[into], left)
        going.wait()
        if rank == world_size - 1 and step == world_size - 3:
            break
    return torch.cat(parts)
