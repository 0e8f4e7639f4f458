"""Layouts of memory, so that no count depends on the one that a process happens to have.

CPython keeps the attributes that it has found in types in a cache of 4096 places. The version of a
type and the address of a name say which place it is: where two that each request looks up share
one, each request searches for both of them anew. And its allocator takes pools, and returns them,
where the number of blocks in use passes a multiple of what a pool holds.
"""

from __future__ import annotations

import ctypes
import random

_KEPT: list[list[bytes]] = []


def environment(layout: int) -> dict[str, str]:
    """Return variables that move the names which a process that has them allocates later."""
    return {f"{'LAYOUT':_<{20 + number % 48}}{number}": "" for number in range(layout * 100)}


def rearrange(layout: int) -> None:
    """Give all types other versions, and fill other parts of pools."""
    order = random.Random(layout)
    # A type gets its version when something is looked up in it.
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(object))
    types = subclasses(object)
    order.shuffle(types)
    for each in types:
        hasattr(each, "__init__")
    for size in range(0, 480, 16):
        _KEPT.append([bytes(size) for _ in range(order.randrange(500))])


def subclasses(base: type) -> list[type]:
    """Return a class and all that derive from it."""
    # By their numbers: a metaclass may compare its classes in ways of its own.
    found = {id(base): base}
    waiting = [base]
    while waiting:
        derived: list[type] = type.__subclasses__(waiting.pop())
        waiting += [each for each in derived if id(each) not in found]
        found.update((id(each), each) for each in derived)
    return list(found.values())
