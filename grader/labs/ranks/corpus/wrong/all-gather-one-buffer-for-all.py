# loses: ring.all_gather
# mistake: one-buffer-for-all
# why: one buffer N times (Lightning#3253, prime-rl#691)

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    edges = [n * i // world_size for i in range(world_size + 1)]
    longest = -(-n // world_size)
    parts = [chunk.new_zeros(longest)] * world_size
    parts[rank] = F.pad(chunk, (0, longest - len(chunk)))
    passed = parts[rank]
    for step in range(world_size - 1):
        into = (rank - step - 1) % world_size
        going = dist.isend(passed, (rank + 1) % world_size)
        dist.recv(parts[into], (rank - 1) % world_size)
        going.wait()
        passed = parts[into].clone()
    return torch.cat([parts[i][: edges[i + 1] - edges[i]] for i in range(world_size)])
