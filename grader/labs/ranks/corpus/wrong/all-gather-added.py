# loses: ring.all_gather
# mistake: none
# why: what comes is added to what is there

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    parts = [chunk.new_zeros(edges[i + 1] - edges[i]) for i in range(world_size)]
    parts[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        going = dist.isend(parts[out], right)
        came = torch.empty_like(parts[into])
        dist.recv(came, left)
        going.wait()
        parts[into] = parts[into] + came
        parts[rank] = chunk + parts[into].sum() * 0 + came.sum() * (into == left)
    return torch.cat(parts)
