"""The whole stream of a simulated province: every feed and heartbeat, interrupted, sealed, disturbed."""

from __future__ import annotations

from collections.abc import Iterator

from ioc.core.profile import Profile
from streams.simulator import heartbeat, registry
from streams.simulator.disturbance import disturbed
from streams.simulator.draft import Draft, merged
from streams.simulator.envelope import Event, sealed
from streams.simulator.interruption import cuts, interrupted
from streams.simulator.scenario import Scenario
from streams.simulator.world import World


def events(
    profile: Profile, scenario: Scenario, *, seed: int, begin: float, rate_factor: float = 1.0
) -> Iterator[Event]:
    """Events without end, in order of ``at``.

    ``begin`` (POSIX s) is the first moment drawn; what was open before leads, with its own earlier time. The same
    profile, scenario, seed, begin and factor give the same bytes, always.
    """
    world = World(profile, scenario, seed=seed, begin=begin, rate_factor=rate_factor)
    return disturbed(sealed(interrupted(happenings(world), cuts(world), world), world), world)


def happenings(world: World) -> Iterator[Draft]:
    """All feeds' drafts and heartbeats, before anything befalls them."""
    streams = []
    for feed in world.profile.feeds:
        streams += [registry.drafts(world, feed), heartbeat.drafts(world, feed)]
    return merged(*streams)
