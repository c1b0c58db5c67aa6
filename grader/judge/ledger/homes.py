"""Homes: which devices hold a storage.

`*_gpu1` starts on device 1, everything without such a name on both. The home of a result is what its inputs' homes
have in common; where they share none, the operation is communication and its result lies on both devices.
"""

from collections.abc import Iterable, Mapping

from grader.judge.ledger.entries import Entry, Piece
from grader.judge.operations import SHAPE_ONLY

Home = frozenset[int]
Homes = Mapping[int, Home]
DEVICES: Home = frozenset({1, 2})
NOWHERE: Home = frozenset()


def home_of(piece: Piece, homes: Homes) -> Home:
    """The devices that hold a piece; both, where nothing says otherwise."""
    return homes.get(piece.storage, DEVICES)


def common_home(pieces: Iterable[Piece], homes: Homes) -> Home:
    """The devices that hold all of the pieces: none where they share no device."""
    common = DEVICES
    for piece in pieces:
        common &= home_of(piece, homes)
    return common


def origins_after(entry: Entry, homes: Homes, origins: Homes) -> dict[int, Home]:
    """The devices that what an entry touched has something from, by way of what only they have."""
    origin = NOWHERE
    for piece in () if entry.operation in SHAPE_ONLY else entry.reads:
        home = home_of(piece, homes)
        origin |= origins.get(piece.storage, NOWHERE) | (home if home != DEVICES else NOWHERE)
    return {piece.storage: origin for piece in (*entry.writes, *entry.new)}


def homes_after(entry: Entry, homes: Homes) -> dict[int, Home]:
    """The homes that an entry changes: of what it writes into, and of its results that are no views."""
    home = common_home(entry.reads, homes) or DEVICES
    return {piece.storage: home for piece in (*entry.writes, *entry.new)}


def alone_of(piece: Piece, homes: Homes, alone: Mapping[int, int]) -> int:
    """How many numbers of a piece's storage one device alone has."""
    return alone.get(piece.storage, 0 if home_of(piece, homes) == DEVICES else piece.of)


def alone_after(entry: Entry, homes: Homes, alone: Mapping[int, int]) -> dict[int, int]:
    """Of what an entry makes or writes into, how many numbers one device alone has: all of what it made by itself, what
    it wrote into something that both have, and none of what has crossed."""
    home = common_home(entry.reads, homes)
    found = {piece.storage: piece.of if home and home != DEVICES else 0 for piece in entry.new}
    for piece in entry.writes:
        before = alone_of(piece, homes, alone)
        if not home:
            found[piece.storage] = 0
        elif home != DEVICES and home_of(piece, homes) == DEVICES:
            found[piece.storage] = min(piece.of, before + piece.numbers)
        else:
            found[piece.storage] = before
    return found
