"""What is kept of a cell's outputs: text and PNG, of which nothing can run, be clicked, or be taken for a score."""

import base64
import binascii
from typing import Any

from nbformat import NotebookNode, from_dict

SHOWN = 20_000  # characters of a cell's text
OUTPUTS = 50
MOST_COUNTED = 1 << 31


def shown(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs as plain text and PNG: nothing in them can run, be clicked, or be taken for a score."""
    kept: list[NotebookNode] = []
    for output in outputs[:OUTPUTS]:
        match output.get("output_type"):
            case "stream":
                kept.append(output_of("stream", name="stdout", text=text_of(output.get("text", ""), SHOWN)))
            case "error":
                found = output.get("traceback")
                lines = [text_of(line, 2000) for line in found[:50]] if isinstance(found, list) else []
                name, value = text_of(output.get("ename", ""), 200), text_of(output.get("evalue", ""), 2000)
                kept.append(output_of("error", ename=name, evalue=value, traceback=lines))
            case "display_data" | "execute_result":
                data = _plain(output.get("data", {}))
                if data:
                    kept.append(output_of("display_data", data=data, metadata={}))
    return kept


def output_of(kind: str, **fields: Any) -> NotebookNode:
    """What nbformat's `new_output` makes, which looks at each as if it could be wrong."""
    made: NotebookNode = from_dict({"output_type": kind, **fields})
    return made


def count_of(found: object) -> int | None:
    """A cell's number as the kernel sent it, if it is one: pages show it as it is, and files take no other."""
    return found if type(found) is int and 0 <= found <= MOST_COUNTED else None


def text_of(found: object, most: int) -> str:
    """What the kernel sent, as a text that any file takes: half letters become `?`."""
    return str(found)[:most].encode("utf-8", "replace").decode("utf-8")


def _plain(data: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    if isinstance(data, dict):
        if isinstance(data.get("text/plain"), str):
            found["text/plain"] = text_of(data["text/plain"], SHOWN)
        png = data.get("image/png")
        if isinstance(png, str) and len(png) < 2_000_000 and _is_png(png):
            found["image/png"] = png
    return found


def _is_png(text: str) -> bool:
    try:
        return base64.b64decode("".join(text.split()), validate=True).startswith(b"\x89PNG\r\n")
    except (binascii.Error, ValueError):
        return False
