"""One request for all cells of a notebook: what both ends of a kernel's channels call things.

A request for each cell is five messages to be made, signed, sent and read. Here the cells go in the metadata of one
`execute_request`. Each runs as if it had been asked for by a request of its own, whose name is `part(request, number)`:
outputs name it as their parent, and so does the message `DONE` that ends it, with the content of an `execute_reply`.
"""

from __future__ import annotations

CELLS = "cells"
DONE = "cell_done"


def part(request: str, number: int) -> str:
    """The message id of the request that the cell with this number, from 0, seems to come from."""
    return f"{request}-{number}"
