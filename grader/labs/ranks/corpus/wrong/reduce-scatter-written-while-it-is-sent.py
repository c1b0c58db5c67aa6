# loses: ring.reduce_scatter
# mistake: none
# why: the running sum is written into while its message is under way

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * i // world_size for i in range(world_size + 1)]
    chunks = [x[edges[i] : edges[i + 1]].clone() for i in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    longest = -(-n // world_size)
    total = x.new_zeros(longest)
    total[: len(chunks[left])] = chunks[left]
    for step in range(world_size - 1):
        own = chunks[(rank - step - 2) % world_size]
        came = torch.empty_like(total)
        going = dist.isend(total, right)
        dist.recv(came, left)
        total.copy_(came)
        total[: len(own)] += own
        going.wait()
    return total[: len(chunks[rank])]
