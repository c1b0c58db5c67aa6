# why: column: a function that counts its calls

# %% before

from typing import Protocol, Generic, TypeVar, Callable
T = TypeVar("T")
class Box(Generic[T]):
    def __init__(self, item: T): self.item = item
    def get(self) -> T: return self.item
class Forward(Protocol):
    def __call__(self, x, w, c): ...
def forward(x, w, c):
    forward.calls += 1
    return Box(x @ w.T + c).get()
forward.calls = 0

# %% column.forward

f: Forward = forward
Y = torch.cat([f(X_gpu1, W_gpu1, b_gpu1), f(X_gpu2, W_gpu2, b_gpu2)], 1)
print(forward.calls)
