"""Cursors and states of sources in SQL."""

from __future__ import annotations

from ioc.records.cursors import SourceStatus, connect


async def test_a_cursor_is_kept_beside_the_state(database_url: str) -> None:
    async with await connect(database_url) as cursors:
        assert await cursors.read("a") is None
        await cursors.report("a", SourceStatus(state="live", sent=3, skipped={"flow": 2}), 10.0)
        assert await cursors.read("a") is None  # a state is no cursor
        await cursors.write("a", {"offset": 2**60, "seen": ["ă"]}, 11.0)
        await cursors.write("b", "x", 12.0)
        await cursors.write("b", "y", 13.0)
    async with await connect(database_url) as cursors:
        assert await cursors.read("a") == {"offset": 2**60, "seen": ["ă"]}
        assert await cursors.read("b") == "y"
        assert await cursors.statuses() == {"a": SourceStatus(state="live", sent=3, skipped={"flow": 2})}
        await cursors.forget("a")
        assert await cursors.read("a") is None
