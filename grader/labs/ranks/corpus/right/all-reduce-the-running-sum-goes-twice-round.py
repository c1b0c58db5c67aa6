# why: a running sum goes round once to be made, and once more to be known

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    n, right, left = x.shape[0], (rank + 1) % world_size, (rank - 1) % world_size
    span = lambda i: slice(n * (i % world_size) // world_size, n * (i % world_size + 1) // world_size)
    result = torch.empty_like(x)
    running, index = x[span(rank)], rank
    result[span(rank)] = running
    for turn in range(2 * world_size - 2):
        index -= 1
        came = torch.empty_like(x[span(index)])
        receive = dist.irecv(came, left)
        dist.send(running.contiguous(), right)
        receive.wait()
        running = came + x[span(index)] if turn < world_size - 1 else came
        result[span(index)] = running
    return result
