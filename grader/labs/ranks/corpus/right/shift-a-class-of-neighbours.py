# why: neighbours as a class, handles in a list, a tag

# %% before
import torch.distributed as dist


class Ring:
    def __init__(self, rank, size):
        self.rank, self.size = rank, size

    @property
    def right(self):
        return (self.rank + 1) % self.size

    @property
    def left(self):
        return (self.rank - 1) % self.size

    def pass_on(self, t, tag=7):
        if self.size == 1:
            return t.clone()
        into = t.new_zeros(t.shape)
        handles = [dist.isend(t, self.right, tag=tag), dist.irecv(into, self.left, tag=tag)]
        while handles:
            handles.pop().wait()
        return into

# %% ring.shift
def shift(rank, world_size, x):
    return Ring(rank, world_size).pass_on(x)
