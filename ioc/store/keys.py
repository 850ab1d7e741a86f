"""Every Redis key. The braces are the hash tag: all of a partition lives in one slot of a cluster.

================================== ====== =====================================================================
key                                type   holds
================================== ====== =====================================================================
{ioc:<feed>:<p>}:meta              hash   token:<g> (fencing), offset:<g>: the next offset, shape:<g>: the form of the
                                          contract that it is kept by, generation: newest claimed
{ioc:<feed>:<p>}:<g>:<suffix>      hash   the state; suffixes in ``ioc.core.change``
{ioc:<feed>:<p>}:<g>:hours         hash   suffix of every hash that expires → its expiry (POSIX s)
{ioc:<feed>:<p>}:<g>:seen          list   packed (id digest, bytes digest) pairs, oldest first, one item a batch
{ioc:<feed>:<p>}:<g>:changes       stream field ``c``: the encoded change of one batch, board part only
ioc:generation                     hash   feed → generation that the screens read (absent: 1);
                                          <feed>:next → the one that is being built
ioc:rebuild:<feed>                 string lock of the one rebuild of a feed
ioc:clock                          string the exercise clock (JSON); absent: real time
================================== ====== =====================================================================
"""

from __future__ import annotations

GENERATION = "ioc:generation"
CLOCK = "ioc:clock"
FIRST_GENERATION = 1


def rebuild(feed: str) -> str:
    return f"ioc:rebuild:{feed}"


def building(feed: str) -> str:
    """The field of ``ioc:generation`` that says which generation is being built."""
    return f"{feed}:next"


def tag(feed: str, partition: int) -> str:
    return f"{{ioc:{feed}:{partition}}}"


def meta(feed: str, partition: int) -> str:
    return f"{tag(feed, partition)}:meta"


def state(feed: str, partition: int, generation: int, suffix: str) -> str:
    return f"{tag(feed, partition)}:{generation}:{suffix}"


def seen(feed: str, partition: int, generation: int) -> str:
    return state(feed, partition, generation, "seen")


def changes(feed: str, partition: int, generation: int) -> str:
    return state(feed, partition, generation, "changes")


def hours(feed: str, partition: int, generation: int) -> str:
    return state(feed, partition, generation, "hours")
