# why: column: a thread class for each device

# %% column.forward

import threading
class Device(threading.Thread):
    def __init__(self, x, w, c):
        super().__init__()
        self.x, self.w, self.c = x, w, c
    def run(self):
        self.y = self.x @ self.w.T + self.c
devices = [Device(X_gpu1, W_gpu1, b_gpu1), Device(X_gpu2, W_gpu2, b_gpu2)]
for d in devices: d.start()
for d in devices: d.join()
Y = torch.cat([d.y for d in devices], 1)
