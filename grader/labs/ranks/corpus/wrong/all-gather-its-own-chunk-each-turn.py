# loses: ring.all_gather
# mistake: none
# why: its own chunk each turn, which only the right neighbour needs

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    parts = [chunk.new_zeros(edges[i + 1] - edges[i]) for i in range(world_size)]
    parts[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for step in range(world_size - 1):
        out, into = (rank - step) % world_size, (rank - step - 1) % world_size
        longest = -(-n // world_size)
        came = chunk.new_empty(longest)
        going = dist.isend(F.pad(chunk, (0, longest - len(chunk))), right)
        dist.recv(came, left)
        parts[into] = came[: len(parts[into])]
        going.wait()
    return torch.cat(parts)
