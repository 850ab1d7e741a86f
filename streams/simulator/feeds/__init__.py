"""One file a feed: ``drafts(world) -> Iterator[Draft]``, without end, in order of time, from ``world.begin`` on."""
