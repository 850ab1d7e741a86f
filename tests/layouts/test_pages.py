"""Pages and views: every address draws, every live id is on its page, every language and theme holds."""

from __future__ import annotations

import pytest

from layouts import shell, site
from layouts.fill import identified
from layouts.header import mode
from layouts.pages import brief
from layouts.views import view
from tests.layouts.fake_scene import HOSTILE, FakeScene, FakeSite, profile
from tests.layouts.test_panels import text

ADDRESSES = [
    "/",
    "/wall/overview",
    "/wall/second",
    "/brief",
    "/feeds",
    "/feeds/dossier",
    "/feeds/silent",
    "/upload",
    "/upload/dossier",
    *(f"/indicators/{name}" for name in profile().indicators),
]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_live_id_is_on_its_page(address: str, language: str) -> None:
    page = await site.draw(FakeSite(), address, language)
    assert "page-missing" not in page.className
    found = view(profile(), address.strip("/"))
    assert found is not None
    ids = {name for part in found.parts for name, _ in part.update(FakeScene(language))}
    broken = {"broken", "strange", "misspelt"}
    assert {name for name in ids if not name.startswith(tuple(broken))} <= set(identified(page))


@pytest.mark.parametrize(
    "address", ["/nowhere", "/wall/none", "/indicators/none", "/brief/x", "/feeds/none", "/upload/none", "/wall"]
)
async def test_an_unknown_address_shows_the_way_back(address: str) -> None:
    page = await site.draw(FakeSite(), address, "vi")
    assert "Không có trang này" in text(page)
    assert view(profile(), address.strip("/")) is None


async def test_ids_are_unique() -> None:
    for address in ADDRESSES:
        page = await site.draw(FakeSite(), address, "vi")
        ids = [part.id for part in page._traverse() if getattr(part, "id", None)]
        assert len(ids) == len(set(ids))


async def test_notices_of_a_broken_profile() -> None:
    page = await site.draw(FakeSite(problems=(f"feeds/dossier.yaml:3 {HOSTILE}",)), "/wall/overview", "vi")
    told = text(identified(page)["head-notices"])
    assert "có 1 lỗi" in told
    assert "feeds/dossier.yaml:3" in told


def test_the_header_says_that_it_is_an_exercise_once() -> None:
    scene = FakeScene()
    assert mode(scene) == "Diễn tập: bão Yagi ×60"


def test_the_brief_has_at_most_seven_matters_with_who_and_when() -> None:
    scene = FakeScene()
    matters = brief.matters(scene)
    assert [matter.priority for matter in matters] == ["critical"] * 3 + ["high"] * 2 + ["low"]
    late = next(matter for matter in matters if "trễ" in matter.sentence)
    assert late.who == "Giám đốc Sở TT&TT"
    assert late.when == "hạn 09/09/2024"
    rows = brief.exceptions_update(scene)[0][1]["children"]
    assert len(rows) <= brief.MOST + 1


def test_like_alarms_are_one_matter() -> None:
    scene = FakeScene()
    first = scene.alerts()[0]
    import msgspec

    scene.alerts = lambda: [  # type: ignore[method-assign]
        msgspec.structs.replace(first, id=name, title=f"Vượt báo động III · {name}") for name in ("Phả Lại", "Bến Bình")
    ]
    assert brief.matters(scene)[0].sentence == "Vượt báo động III: Phả Lại, Bến Bình."


def test_language_and_theme_are_asked_for_remembered_or_default() -> None:
    choose = shell.choose
    assert choose("lang", shell.LANGUAGES, {"lang": "en"}, {"ioc-lang": "vi"}, "vi") == "en"
    assert choose("lang", shell.LANGUAGES, {}, {"ioc-lang": "en"}, "vi") == "en"
    assert choose("lang", shell.LANGUAGES, {"lang": "<x>"}, {}, "vi") == "vi"
    assert choose("theme", shell.THEMES, {}, {"ioc-theme": "neon"}, "dark") == "dark"


def test_the_index_escapes_its_texts() -> None:
    made = shell.page({}, language="vi", theme="dark", title="<b>", loading="&", script_needed="<i>")
    assert "<title>&lt;b&gt;</title>" in made
    assert "<i>" not in made
