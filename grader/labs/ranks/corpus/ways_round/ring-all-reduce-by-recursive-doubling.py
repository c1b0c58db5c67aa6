# loses: ring.all_reduce
# says: are enough
# why: recursive doubling: all of x in each turn, log N times

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    total = x.clone()
    power = 1
    while 2 * power <= world_size:
        power *= 2
    if rank >= power:
        dist.send(total, rank - power)
        dist.recv(total, rank - power)
        return total
    other = torch.empty_like(total)
    if rank + power < world_size:
        dist.recv(other, rank + power)
        total = total + other
    distance = 1
    while distance < power:
        partner = rank ^ distance
        other = torch.empty_like(total)
        going = dist.isend(total, partner)
        dist.recv(other, partner)
        going.wait()
        total = total + other
        distance *= 2
    if rank + power < world_size:
        dist.send(total, rank + power)
    return total
