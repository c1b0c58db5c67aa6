"""The pairs of a class that share the most unusual code.

The tasks are short and have few right forms, so honest students coincide. What counts is therefore not how much two
submissions share but how unusual it is: fingerprints of the released stub and of the lab's own solution don't count,
nor those that many have, and a shared one counts log2(n / s) bits where s of n submissions have it. Within a task the
bits are averaged over all unusual fingerprints of the two, so that a task is one coincidence, however long.

A pair is a lead where its bits are MARGIN above those that some pair of so many has by chance,
log2(number of pairs): if tasks were independent of each other, less than one class in a hundred would show one.
They aren't quite (people have habits), and people who learn together write alike: a lead is a reason to look.

In a small class hardly any pair can earn so many bits. A pair is therefore a lead too, whatever its bits, where ALIKE
tasks or more are the same to the letter, comments and spaces included, and at most FEW have each of these texts.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, log2

from grader.course.batch.class_answers import Answers
from grader.similar.normal import names_in, normal_code, normal_prose

K, WINDOW = 6, 3  # of fingerprints
MARGIN = 7
MANY = 6  # what so many submissions have, or one in SHARE, is no one's
SHARE = 20
ALIKE = 3
FEW = 4

Prints = dict[str, frozenset[int]]


@dataclass(frozen=True)
class Pair:
    """Two submissions, how unusual what they share is, and by task how much of their unusual code it is (0 to 1).

    `alike` are the tasks whose answers are the same to the letter, and nearly no one else's.
    """

    first: str
    second: str
    bits: float
    shared: Mapping[str, float]
    alike: tuple[str, ...] = ()


@dataclass(frozen=True)
class Similar:
    """The leads of a class, the most unusual first, and the bits that a pair needs if it isn't alike to the letter."""

    leads: tuple[Pair, ...]
    needed: float
    submissions: int


def similar_work(
    answers: Mapping[str, Answers], known: Mapping[str, Sequence[str]], prose: frozenset[str] = frozenset()
) -> Similar:
    """The leads; `known` has by task the texts that belong to nobody, `prose` the tasks that are answered in words."""
    count = len(answers)
    given = {task: set().union(*map(names_in, texts)) for task, texts in known.items()}
    everywhere = set().union(*given.values())
    nobodys = {task: _nobodys(task, texts, everywhere, prose) for task, texts in known.items()}
    prints = {
        student: {
            task: _prints(task, text, everywhere, prose) - nobodys.get(task, frozenset()) for task, text in own.items()
        }
        for student, own in answers.items()
    }
    holders: dict[tuple[str, int], list[str]] = defaultdict(list)
    for student, tasks in prints.items():
        for task, kept in tasks.items():
            for mark in kept:
                holders[task, mark].append(student)
    most = max(MANY, count // SHARE)
    rare = {key: names for key, names in holders.items() if len(names) <= most}
    needed = log2(max(comb(count, 2), 1)) + MARGIN
    return Similar(_leads(rare, count, needed, _alike(answers, known, everywhere, prose)), needed, count)


def _alike(
    answers: Mapping[str, Answers], known: Mapping[str, Sequence[str]], given: set[str], prose: frozenset[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """By pair the tasks that the two answered in the same letters; only pairs that did so in ALIKE tasks or more.

    A text that differs from a known one only in comments, layout and names is nobody's.
    """
    writers: dict[tuple[str, str], list[str]] = defaultdict(list)
    nobodys = {task: [_normal(task, text, given, prose) for text in texts] for task, texts in known.items()}
    for student, own in answers.items():
        for task, text in own.items():
            if task in known:
                writers[task, text.strip()].append(student)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (task, text), names in writers.items():
        if 1 < len(names) <= FEW and _normal(task, text, given, prose) not in nobodys[task]:
            for pair in combinations(sorted(names), 2):
                found[pair].append(task)
    return {pair: tuple(sorted(tasks)) for pair, tasks in found.items() if len(tasks) >= ALIKE}


def _leads(
    rare: Mapping[tuple[str, int], list[str]],
    count: int,
    needed: float,
    alike: Mapping[tuple[str, str], tuple[str, ...]],
) -> tuple[Pair, ...]:
    sizes: Counter[tuple[str, str]] = Counter()  # by student and task: how many unusual fingerprints
    common: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (task, _mark), names in rare.items():
        for name in names:
            sizes[name, task] += 1
        bits = log2(count / len(names))
        for pair in combinations(sorted(names), 2):
            common[pair][task].append(bits)
    found = []
    for first, second in {*common, *alike}:
        tasks = common[first, second]
        either = {task: sizes[first, task] + sizes[second, task] - len(bits) for task, bits in tasks.items()}
        bits_in_all = sum(sum(bits) / either[task] for task, bits in tasks.items())
        same = alike.get((first, second), ())
        if bits_in_all >= needed or same:
            shared = {task: len(tasks[task]) / either[task] for task in sorted(tasks)}
            found.append(Pair(first, second, bits_in_all, shared, same))
    return tuple(sorted(found, key=lambda pair: (-pair.bits, pair.first, pair.second)))


def _normal(task: str, text: str, given: Collection[str], prose: frozenset[str]) -> list[str]:
    return list((normal_prose if task in prose else normal_code)(text, given))


def _prints(task: str, text: str, given: set[str], prose: frozenset[str]) -> frozenset[int]:
    return fingerprints(_normal(task, text, given, prose))


def _nobodys(task: str, texts: Sequence[str], given: set[str], prose: frozenset[str]) -> frozenset[int]:
    return frozenset().union(*(_prints(task, text, given, prose) for text in texts))


def fingerprints(tokens: Sequence[str]) -> frozenset[int]:
    """Fingerprints by winnowing; a text of fewer than K tokens has one, of all of it.

    Every run of K tokens is hashed, and of every WINDOW hashes in a row the smallest is kept: two texts that share
    K + WINDOW - 1 tokens in a row are sure to share a fingerprint, whatever stands around them
    (Schleimer, Wilkerson, Aiken: Winnowing: local algorithms for document fingerprinting, SIGMOD 2003).
    """
    if not tokens:
        return frozenset()
    runs = [tokens[start : start + K] for start in range(max(len(tokens) - K + 1, 1))]
    hashes = [zlib.crc32("\0".join(run).encode("utf-8", "replace")) for run in runs]
    if len(hashes) <= WINDOW:
        return frozenset([min(hashes)])
    return frozenset(min(hashes[start : start + WINDOW]) for start in range(len(hashes) - WINDOW + 1))
