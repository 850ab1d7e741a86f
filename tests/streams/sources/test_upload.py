"""A form becomes events: proposed, judged, sent once, and what the preview says is what consumers count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.core.entry_mapping import Mapping, carried, fingerprint
from ioc.core.errors import EngineError
from ioc.core.profile import Profile
from ioc.core.sheet import SheetError
from ioc.records.database import default_url
from ioc.records.mappings import Mappings, connect
from streams.sources import upload
from streams.sources.upload import Desk
from tests.conftest import hai_duong
from tests.streams.records import NOON
from tests.streams.sources.files import excel, text

TODAY = NOON - 12 * 3600
FORM = [
    ["UBND HUYỆN NAM SÁCH", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
    [
        "TT",
        "Mã cơ sở",
        "Tên bệnh viện",
        "Số lượt khám ngoại trú",
        "Nội trú",
        "Cấp cứu",
        "Giường kế hoạch",
        "Giường đang dùng",
    ],
    ["1", "BV01", "Trung tâm Y tế huyện", "1.234", "120", "3", "150", "131"],
    ["2", "BV02", "Phòng khám <b>A</b>", "56", "", "0", "20", "không rõ"],
    ["3", "BV03", "Phòng khám B", "999.999.999", "1", "0", "20", "4"],
    ["1", "BV01", "Trung tâm Y tế huyện", "1.234", "120", "3", "150", "131"],
]


class Line:
    """A sender that keeps what it is given."""

    def __init__(self, broken: bool = False) -> None:
        self.records: list[tuple[str, str | None, bytes | None]] = []
        self.broken = broken

    async def deliver(self, feed: str, records: Sequence[tuple[str | None, bytes | None]]) -> None:
        self.records += [(feed, key, value) for key, value in records]
        if self.broken:
            raise EngineError("gone")


@pytest.fixture
async def mappings(tmp_path: Path) -> AsyncIterator[Mappings]:
    async with await connect(default_url(str(tmp_path))) as kept:
        yield kept


def desk(mappings: Mappings | None = None, sender: Line | None = None, profile: Profile | None = None) -> Desk:
    return Desk(lambda: profile or hai_duong(), lambda: (NOON, "actual"), mappings, sender)


async def judged(
    office: Desk, content: bytes, name: str = "a.csv", at: float = TODAY, **changes: Any
) -> tuple[str, upload.Held]:
    token = await office.take(name, content, "hospital_status", "ubnd-nam-sach")
    mapping = msgspec.structs.replace(await office.propose(token, {}), **changes)
    return token, await office.judge(token, mapping, at)


async def test_columns_are_proposed_and_rows_are_judged() -> None:
    _, held = await judged(desk(), text(FORM, ";"))
    assert held.mapping is not None
    assert held.mapping.header == 1
    assert held.mapping.columns == {
        "facility_id": 1, "name": 2, "outpatients_today": 3, "inpatients": 4, "emergencies_today": 5, "beds_planned": 6,
        "beds_used": 7,
    }  # fmt: skip
    told = [(verdict.row, verdict.outcome, verdict.reason, verdict.field) for verdict in held.verdicts]
    assert told == [
        (2, "accepted", "", ""), (3, "rejected", "schema", "inpatients"),
        (4, "rejected", "number_out_of_range", "outpatients_today"), (5, "duplicate", "", ""),
    ]  # fmt: skip


async def test_an_event_says_that_it_was_typed_in_and_until_when_it_holds() -> None:
    _, held = await judged(desk(), text(FORM, ";"), holds="P3D")
    event = msgspec.json.decode(held.rows[0].value)
    assert event["entry"] == "manual"
    assert (event["time"], event["expiresat"]) == ("2025-03-12T00:00:00+07:00", "2025-03-15T00:00:00+07:00")
    assert (event["areacode"], event["orgcode"], event["subject"]) == ("291", "ubnd-nam-sach", "BV01")
    assert event["data"]["outpatients_today"] == 1234


async def test_the_same_row_is_the_same_event_and_a_corrected_one_is_another() -> None:
    office = desk()
    first = (await judged(office, text(FORM, ";")))[1].rows
    again = (await judged(office, excel(FORM), "a.xlsx"))[1].rows
    assert [row.value for row in first] == [row.value for row in again]
    corrected = [row[:] for row in FORM]
    corrected[2][7] = "132"
    other = (await judged(office, text(corrected, ";")))[1].rows
    assert [a.value == b.value for a, b in zip(first, other, strict=True)] == [False, True, True, True]
    assert first[0].key == other[0].key


async def test_a_mapping_is_kept_in_versions_and_found_again(mappings: Mappings) -> None:
    office = desk(mappings, Line())
    token, held = await judged(
        office, text(FORM, ";"), columns={"facility_id": 1, "beds_used": 7}, constants={"inpatients": "1"}
    )
    assert held.mapping is not None
    assert await mappings.save(held.mapping, 1) == 1
    assert await mappings.save(held.mapping, 2) == 1
    changed = msgspec.structs.replace(held.mapping, mark=".")
    assert await mappings.save(changed, 3) == 2
    april = [["BÁO CÁO THÁNG 4"], *[[cell.upper() for cell in row] for row in FORM[1:2]], *FORM[2:]]
    token = await office.take("b.csv", text(april, ";"), "hospital_status", "ubnd-nam-sach")
    found = await office.propose(token, {})
    assert (found.columns, found.constants, found.mark) == (held.mapping.columns, {"inpatients": "1"}, ".")
    assert await mappings.newest("so-yt", "hospital_status") == []


def test_a_form_with_one_more_column_keeps_its_mapping() -> None:
    kept = Mapping(feed="f", organisation="o", heading=["Mã", "Số"], columns={"code": 0, "value": 1})
    assert fingerprint(["MÃ", "số"]) == fingerprint(kept.heading) != fingerprint(["TT", "Mã", "Số"])
    assert carried(kept, ["TT", "mã (*)", "Số", "Số"], 3).columns == {"code": 1}


async def test_only_good_rows_are_sent_once_and_the_file_is_remembered(mappings: Mappings) -> None:
    line = Line()
    office = desk(mappings, line)
    token, held = await judged(office, text(FORM, ";"))
    for _ in range(2):
        await office.send(token, quarantined=True)
    assert held.sending is not None
    await held.sending
    assert held.progress == upload.Progress(sent=1, all=1, done=True)
    assert [(feed, key) for feed, key, _ in line.records] == [("hospital_status", "BV01")]
    token = await office.take("again.csv", text(FORM, ";"), "hospital_status", "ubnd-nam-sach")
    sent = await office.sent_before(token)
    assert sent is not None
    assert (sent.at, sent.rows) == (TODAY, 1)


async def test_a_sending_that_failed_may_be_repeated() -> None:
    line = Line(broken=True)
    office = desk(None, line)
    token, held = await judged(office, text(FORM, ";"))
    await office.send(token, quarantined=False)
    assert held.sending is not None
    await held.sending
    assert held.progress is not None
    assert (held.progress.failed, held.progress.done) == (True, False)
    line.broken = False
    await office.send(token, quarantined=False)
    await held.sending
    assert held.progress.done
    assert line.records[0] == line.records[1]


async def test_what_is_held_is_bounded_in_number_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    office = desk()
    tokens = [await office.take("a.csv", b"a,b\n1,2\n", "task", "so-yt") for _ in range(upload.MOST_HELD)]
    with pytest.raises(SheetError, match="busy"):
        await office.take("a.csv", b"a,b\n1,2\n", "task", "so-yt")
    monkeypatch.setattr(upload, "KEPT", -1.0)
    with pytest.raises(SheetError, match="gone"):
        office.held(tokens[0])
    for feed, organisation in (("cap_alert", "so-yt"), ("none", "so-yt"), ("task", "nobody")):
        with pytest.raises(SheetError):
            await office.take("a.csv", b"a,b\n1,2\n", feed, organisation)


async def test_places_periods_and_times_come_from_columns() -> None:
    rows = [
        ["Mã chỉ tiêu", "Giá trị", "ĐVT", "Kỳ báo cáo", "Huyện", "Ngày"],
        ["X", "97,4 %", "%", "Quý I/2025", "Thị xã Kinh Môn", "01/03/2025"], ["X", "-", "%", "1/2025", "292", "hôm qua"],
        ["X", "1", "%", "1/2025", "Paris", "01/03/2025"],
    ]  # fmt: skip
    office = desk()
    token = await office.take("a.csv", text(rows), "indicator", "so-yt")
    mapping = await office.propose(token, {"time": ["Ngày"]})
    held = await office.judge(token, mapping, TODAY)
    first, second = (msgspec.json.decode(row.value) for row in held.rows[:2])
    assert (first["areacode"], first["time"], first["subject"]) == ("292", "2025-03-01T00:00:00+07:00", "X/292/2025-Q1")
    assert first["data"] == {"code": "X", "value": 97.4, "unit": "%", "period": "2025-Q1"}
    assert (second["data"]["value"], second["areacode"], second["time"]) == (None, "292", "hôm qua")
    told = [(verdict.outcome, verdict.reason, verdict.field) for verdict in held.verdicts]
    assert told == [("late", "", ""), ("rejected", "bad_time", "time"), ("quarantined", "unknown_enum", "areacode")]


def test_twenty_thousand_rows_are_judged_in_seconds(profile: Profile) -> None:
    import time

    rows: list[list[Any]] = [FORM[1], *[[at, f"BV{at}", "Tên", "1.234", "5", "6", "7", "8"] for at in range(19_999)]]
    begun = time.process_time()
    office = desk()
    _, held = asyncio.run(judged(office, text(rows)))
    assert held.counts == {"accepted": 19_999}
    assert time.process_time() - begun < 12
