"""The upload view in Debian's Chromium."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plumeline.web.desk import Desk
from plumeline.web.inbox import Inbox
from tests.plumeline.web_browser import MARKS, chromium, opened
from tests.plumeline.web_scene import scene
from tests.plumeline.web_served import Served, served
from tests.plumeline.web_uploads import KeptFiles, bad_link, some_bytes

pytestmark = MARKS
DATA = some_bytes(3_000_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def kept(tmp_path: Path) -> KeptFiles:
    return KeptFiles(tmp_path / "kept")


@pytest.fixture
def here(tmp_path: Path, kept: KeptFiles) -> Iterator[Served]:
    desk = Desk(Inbox(tmp_path / "inbox", now_s=lambda: 0.0), kept)
    with served(scene(tmp_path), desk=desk) as running:
        yield running


@pytest.fixture
def page(browser: Any, here: Served) -> Iterator[Any]:
    with opened(browser, here, path="/upload") as shown:
        yield shown


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A file on the disk, so that the browser sees the same one after a reload."""
    path = tmp_path / "DJI_0001.SRT"
    path.write_bytes(DATA)
    return path


def drop(page: Any, *names: str) -> None:
    """Let a mouse drop files of a few bytes on the zone."""
    page.evaluate(
        """names => {
          const carried = new DataTransfer();
          for (const name of names) carried.items.add(new File([`log ${name}`], name));
          document.getElementById("drop").dispatchEvent(
            new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        list(names),
    )


def test_a_dropped_file_is_read_and_its_report_is_shown(page: Any, kept: KeptFiles) -> None:
    drop(page, "DJI_0001.SRT")
    page.locator("#sendings [data-stage='done']").wait_for()
    report = page.locator("#sendings details")
    text = report.inner_text()
    for words in (
        "DJI_0001.SRT",
        "被截断",
        "2026-11-24 15:00:00 UTC+8 至 2026-11-24 15:10:00 UTC+8（00:10:00）",
        "读取 3\u202f000，有位置 2\u202f950，无位置 50",
        "文件在第 3001 条字幕内中断",
        "no fix：50 条，首见于 第 1 条字幕",
        "时钟在文件第 1203 条字幕处跳变 +14.0 秒：可能是拼接的片段，或调过时钟",
        "00:04:00 起 7.5 秒",
        "相对起飞点 + 海拔",
        "已知，真实方位",
        "31.949600, 118.843600",
        "60 m off for 12 s",
        "92%",
    ):
        assert words in text
    assert kept.taken == ["DJI_0001.SRT"]


def test_several_files_are_read_one_by_one_and_listed_as_earlier_ones(
    page: Any, kept: KeptFiles
) -> None:
    drop(page, "a.mp4", "a.srt", ".DS_Store", "c.csv")
    page.locator("#sendings [data-stage='done']").nth(2).wait_for()
    assert kept.taken == ["a.srt", "c.csv", "a.mp4"], "a video comes after its telemetry"
    page.locator("#earlier > li").nth(2).wait_for()
    assert page.locator("#earlier-none").inner_text() == ""


def test_a_whole_folder_is_sent_with_the_names_of_its_folders(
    page: Any, kept: KeptFiles, tmp_path: Path
) -> None:
    inner = tmp_path / "DCIM" / "100MEDIA"
    inner.mkdir(parents=True)
    (inner / "DJI_0001.SRT").write_bytes(b"one")
    (inner / ".Trashes").write_bytes(b"left by the system")
    (tmp_path / "DCIM" / "track.gpx").write_bytes(b"two")
    page.set_input_files("#folder", tmp_path / "DCIM")
    page.locator("#sendings [data-stage='done']").nth(1).wait_for()
    assert sorted(kept.taken) == ["DCIM/100MEDIA/DJI_0001.SRT", "DCIM/track.gpx"]


def test_a_card_dropped_from_the_file_manager_is_walked_through(
    page: Any, kept: KeptFiles, tmp_path: Path
) -> None:
    inner = tmp_path / "DCIM" / "100MEDIA"
    inner.mkdir(parents=True)
    (inner / "DJI_0001.SRT").write_bytes(b"one")
    (tmp_path / "track.gpx").write_bytes(b"two")
    box = page.locator("#drop").bounding_box()
    files = [str(tmp_path / "DCIM"), str(tmp_path / "track.gpx")]
    mouse = page.context.new_cdp_session(page)
    for what in ("dragEnter", "dragOver", "drop"):
        at = {"x": box["x"] + 20, "y": box["y"] + 20}
        carried = {"items": [], "files": files, "dragOperationsMask": 1}
        mouse.send("Input.dispatchDragEvent", {"type": what, **at, "data": carried})
    page.locator("#sendings [data-stage='done']").nth(1).wait_for()
    assert sorted(kept.taken) == ["DCIM/100MEDIA/DJI_0001.SRT", "track.gpx"]


def test_a_link_that_is_cut_is_taken_up_again(
    browser: Any, here: Served, kept: KeptFiles, card: Path
) -> None:
    cuts = [300_001, 900_000, 2_000_001]
    with (
        bad_link(here.url, cuts) as (url, link),
        opened(browser, here, path="/upload", url=url, lossy=True) as page,
    ):
        page.set_input_files("#files", card)
        page.locator("#sendings [data-stage='retrying']").wait_for()
        page.locator("#sendings [data-stage='done']").wait_for()
        assert link.made == len(cuts)
    assert [path.name for path in kept.folder.iterdir()] == [SHA256]


def test_a_pause_holds_and_a_reload_goes_on_where_it_was(
    page: Any, kept: KeptFiles, card: Path
) -> None:
    offsets: list[int] = []

    def hold_the_second(route: Any) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
            if len(offsets) == 2:
                return  # on its way for ever
        route.continue_()

    page.route("**/api/uploads/*", hold_the_second)
    page.set_input_files("#files", card)
    page.locator(".sending .quiet", has_text="262").wait_for()
    page.locator(".sending button", has_text="暂停").click()
    page.locator("#sendings [data-stage='paused']").wait_for()
    assert kept.taken == []
    page.reload()
    page.locator("html[data-ready]").wait_for()
    page.set_input_files("#files", card)
    page.locator("#sendings [data-stage='done']").wait_for()
    assert offsets[:3] == [0, 262_144, 262_144], "what was safe is not sent again"
    assert [path.name for path in kept.folder.iterdir()] == [SHA256]


def test_the_same_file_again_is_said_to_be_known_and_not_sent(page: Any, card: Path) -> None:
    page.set_input_files("#files", card)
    page.locator("#sendings [data-stage='done']").wait_for()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.set_input_files("#files", card)
    page.locator("#sendings [data-stage='done']").nth(1).wait_for()
    assert "此前已收到，未作改动" in page.locator("#sendings details").first.inner_text()
    assert "PATCH" not in sent


def test_a_file_the_station_will_not_have_says_why_and_can_be_removed(
    page: Any, kept: KeptFiles
) -> None:
    kept.refuses = "line 3: the file is empty (copy it again from the card)"
    drop(page, "holiday.pdf")
    page.locator("#sendings [data-stage='done']").wait_for()
    assert "无法接收" in page.locator("#sendings summary").inner_text()
    why = page.locator("#sendings .reason").inner_text()
    assert why == "第 3 行：文件是空的（请从存储卡重新拷贝）"
    page.locator(".sending button", has_text="移除").click()
    assert page.locator(".sending").count() == 0


def test_the_view_is_worked_from_the_keyboard_and_speaks_both_languages(page: Any) -> None:
    drop(page, "DJI_0001.SRT")
    page.locator("#sendings [data-stage='done']").wait_for()
    page.locator("#sendings summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#sendings details[open]").count() == 0
    page.keyboard.press("Enter")
    page.locator("#language").click()
    page.locator("#sendings .status", has_text="Truncated").wait_for()
    assert "3\u202f000 read" in page.locator("#sendings details").inner_text()
    page.locator("#sendings a", has_text="fire-1").focus()
    page.keyboard.press("Enter")
    page.locator("h1", has_text="金陵化工仓库").wait_for()
    page.locator("#views a", has_text="Upload").focus()
    page.keyboard.press("Enter")
    page.locator("#drop").wait_for()


def test_the_view_fits_a_telephone(page: Any) -> None:
    drop(page, "DJI_0001.SRT")
    page.locator("#sendings [data-stage='done']").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
