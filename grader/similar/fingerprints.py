"""Fingerprints of a text, by winnowing.

Every run of K tokens is hashed, and of every WINDOW hashes in a row the smallest is kept: two texts that share
K + WINDOW - 1 tokens in a row are sure to share a fingerprint, whatever stands around them
(Schleimer, Wilkerson, Aiken: Winnowing: local algorithms for document fingerprinting, SIGMOD 2003).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

K = 6
WINDOW = 3


def fingerprints(tokens: Sequence[str]) -> frozenset[int]:
    """The kept hashes; a text of fewer than K tokens has one, of all of it."""
    if not tokens:
        return frozenset()
    runs = [tokens[start : start + K] for start in range(max(len(tokens) - K + 1, 1))]
    hashes = [zlib.crc32("\0".join(run).encode("utf-8", "replace")) for run in runs]
    if len(hashes) <= WINDOW:
        return frozenset([min(hashes)])
    return frozenset(min(hashes[start : start + WINDOW]) for start in range(len(hashes) - WINDOW + 1))
