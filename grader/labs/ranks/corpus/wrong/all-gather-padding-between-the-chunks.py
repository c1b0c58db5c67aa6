# loses: ring.all_gather
# mistake: padding-left
# why: chunks padded to one length, and the padding cut off at the end only (transformers#37051)

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
    longest = -(-n // world_size)
    return torch.cat([F.pad(part, (0, longest - len(part))) for part in parts])[:n]
