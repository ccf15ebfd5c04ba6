"""What the duty officer does with an incident, in Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.handover.cap import MessageType
from casework.places import places_of
from store.outbox import Delivery, Planned
from store.people import Role
from tests.plumeline.test_web_axe import violations
from tests.plumeline.web_browser import MARKS, WAIT_MS, chromium, opened, sign_in
from tests.plumeline.web_duty import SEATS, YARD, Duty, duty

pytestmark = MARKS

COUNT_TONES = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...args) {
    window.tones += 1;
    start.apply(this, args);
  };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Duty]:
    with duty(tmp_path) as running:
        yield running


@pytest.fixture
def page(browser: Any, station: Duty) -> Iterator[Any]:
    with opened(browser, station.here) as shown:
        yield shown


def sit_down(
    page: Any, name: str = "张伟", seat: str = SEATS[0], role: Role = Role.COMMAND
) -> None:
    """Somebody has signed in, and touches the page."""
    sign_in(page, name, seat, role)
    page.locator("#queue-title").click()


def handling(station: Duty, incident_id: str) -> Any:
    answer = httpx.get(f"{station.here.url}/api/incidents/{incident_id}").json()
    return answer["told"]["incident"]["handling"]


def silent(page: Any) -> bool:
    """No tone begins for longer than the longest pause between two."""
    before = page.evaluate("window.tones")
    page.wait_for_timeout(4500)
    return bool(page.evaluate("window.tones") == before)


def test_an_alarm_rings_until_it_is_acknowledged_and_the_other_seat_sees_by_whom(
    browser: Any, station: Duty
) -> None:
    with opened(browser, station.here) as ours, opened(browser, station.here) as theirs:
        assert "声音未开" in ours.locator("#sound").inner_text()
        sit_down(ours)
        ours.evaluate(COUNT_TONES)
        ours.wait_for_timeout(1500)
        assert "声音开" in ours.locator("#sound").inner_text()
        ours.locator("#sound[data-ringing='4']").wait_for()
        ours.locator("#duty .badge.raised").wait_for()
        ours.keyboard.press("a")
        ours.locator("#duty .badge.acknowledged").wait_for()
        theirs.locator("#queue li[data-incident='fire-2'] .badge.acknowledged").wait_for()
        theirs.locator("#queue li[data-incident='fire-2'] > button").click()
        theirs.locator(".seats .yes", has_text="指挥中心 张伟").wait_for()
        assert theirs.locator(".seats .no").count() == 2
        ours.locator("#sound[data-ringing='2']").wait_for()
        assert ours.evaluate("window.tones") > 0
        ours.locator("#queue li[data-incident='smoke-1'] > button").click()
        ours.locator("#duty .badge.raised").wait_for()
        ours.keyboard.press("a")
        ours.locator("#sound[data-ringing='0']").wait_for()
        assert silent(ours), "the exercise that nobody has answered rings nobody"


def test_an_alarm_can_be_muted_and_that_is_seen(page: Any) -> None:
    page.evaluate(COUNT_TONES)
    page.locator("#sound").click()
    assert page.locator("#sound").get_attribute("aria-pressed") == "true", "the click lets it sound"
    assert page.evaluate("window.tones") == 3, "what is extreme beeps three times"
    page.locator("#sound").click()
    assert "已静音" in page.locator("#sound").inner_text()
    assert silent(page)


def test_confirming_hands_over_in_one_action_and_the_sheet_has_eleven_items(
    page: Any, station: Duty
) -> None:
    sit_down(page)
    page.keyboard.press("f")
    page.locator("#duty .badge.handed_over").wait_for()
    assert [mark["verb"] for mark in handling(station, "fire-2")["marks"]] == [
        "confirm",
        "hand_over",
    ]
    assert page.locator(".standing b", has_text="119").count() == 1
    rows = page.locator("#clock tr").all_inner_texts()
    assert [row.split()[0] for row in rows][-2:] == ["确认", "移交"]
    with page.expect_popup() as opening:
        page.locator("#duty a.html").click()
    sheet = opening.value
    assert sheet.locator("section[lang='zh'] tr").count() == 11
    assert sheet.locator("section[lang='en'] tr").count() == 11
    pdf = httpx.get(f"{station.here.url}{page.locator('#duty a.pdf').get_attribute('href')}")
    assert pdf.content.startswith(b"%PDF")


def test_a_second_person_reviews_the_pictures_of_what_the_first_has_confirmed(
    page: Any, station: Duty
) -> None:
    sit_down(page)
    page.keyboard.press("f")
    page.locator("#reviews", has_text="1 张未审核").wait_for()
    assert page.locator("#reviews button").count() == 0, "one's own work is not one's to review"
    sign_in(page, "王五", role=Role.AUDITOR)
    page.goto(f"{station.here.url}/#fire-2")
    page.locator("#reviews", has_text="1 张未审核").wait_for()
    assert page.locator("#reviews button").count() == 0, "an auditor changes nothing"
    sign_in(page, "赵六", role=Role.INSPECTOR)
    page.locator("#reviews button", has_text="审核不通过").wait_for()
    page.locator("#reviews button").first.press("Enter")
    page.locator("dialog.do textarea").fill("合法性、技术审核")
    assert violations(page) == []
    page.locator("dialog.do button.acknowledge").press("Enter")
    page.locator("#reviews", has_text="1 张通过 赵六").wait_for()
    (told,) = httpx.get(f"{station.here.url}/api/incidents/fire-2/reviews").json().values()
    assert (told["review"], told["by"]) == ("passed", "赵六")


def test_what_did_not_reach_its_partner_is_listed_and_sent_again(
    browser: Any, station: Duty
) -> None:
    outbox = station.store.outbox
    letter = Planned(
        channel="119",
        key="fire-2.1.119",
        incident_id="fire-2",
        event_n=1,
        message=MessageType.ALERT,
        content_type="text/plain",
        subject="明火：金陵化工仓库",
        body=b"fire",
    )
    outbox.cursor("119")
    outbox.plan("119", [letter], 1, station.now_s())
    outbox.give_up(outbox.due(station.now_s() + 1)[0], station.now_s(), "answered 422")
    with opened(browser, station.here) as page:
        sign_in(page, "王五", role=Role.AUDITOR)
        page.locator("#dead-letters", has_text="未送达 1").press("Enter")
        assert page.locator("#letters tbody button").count() == 0, "an auditor changes nothing"
        sit_down(page)
        page.locator("#dead-letters").press("Enter")
        row = page.locator("#letters tbody tr")
        assert "明火：金陵化工仓库" in row.inner_text() and "answered 422" in row.inner_text()
        assert violations(page) == []
        row.locator("button").press("Enter")
        row.wait_for(state="detached")
        page.keyboard.press("Escape")
        page.locator("#dead-letters").wait_for(state="detached")
    assert [one.state for one in outbox.letters()] == [Delivery.WAITING]


def test_what_was_no_fire_becomes_a_hazard_by_one_button(page: Any, station: Duty) -> None:
    station.store.casework.put_places(list(places_of([YARD])), t_s=0.0, actor="test")
    sit_down(page)
    assert page.locator("#hazard").inner_text() == "", "it is still an alarm"
    page.keyboard.press(" ")
    page.keyboard.press("3")
    page.locator("#hazard button", has_text="转为隐患工单").click()
    dialog = page.locator("dialog.do")
    chosen = dialog.locator("select")
    assert [chosen.nth(i).input_value() for i in range(3)] == ["hot_work", "general", "P-1"]
    assert "金陵化工仓库" in dialog.locator("textarea").input_value()
    assert dialog.locator(".offered input[type=checkbox]").is_checked()
    dialog.locator("button.acknowledge").click()
    page.locator("#hazard a", has_text="违规动火").click()
    page.locator("#case h1", has_text="违规动火").wait_for()
    told = page.locator("#case").inner_text()
    assert "P-1" in told
    assert page.locator("#case figure", has_text="发现时").locator("img").count() == 1
    page.locator("#case dd a", has_text="fire-2").click()
    page.locator("#hazard .badge", has_text="待受理").wait_for()
    sit_down(page, "王强", role=Role.AUDITOR)
    page.locator("#hazard a", has_text="违规动火").wait_for()


def test_a_dismissal_asks_for_a_reason_and_can_be_undone_for_ten_seconds(
    page: Any, station: Duty
) -> None:
    sit_down(page)
    page.keyboard.press(" ")
    assert page.locator("#reasons button").count() == 7
    page.keyboard.press("Escape")
    assert handling(station, "fire-2")["marks"] == [], "nothing is done without a reason"
    page.keyboard.press(" ")
    page.keyboard.press("1")
    page.locator("#duty .badge.dismissed").wait_for()
    assert handling(station, "fire-2")["reason"] == "steam"
    page.locator("#undo", has_text="撤销").wait_for()
    page.keyboard.press("u")
    page.locator("#duty .badge.raised").wait_for()
    assert handling(station, "fire-2")["reason"] is None
    page.keyboard.press(" ")
    page.keyboard.press("7")
    page.locator("#duty .badge.dismissed").wait_for()
    page.locator("#done").wait_for(state="hidden", timeout=WAIT_MS)
    page.keyboard.press("u")
    page.locator("#refused", has_text="没有可以撤销的操作").wait_for()
    page.keyboard.press("o")
    page.locator("#duty .badge.raised").wait_for()


def test_what_the_server_refuses_is_told_in_the_language_of_the_page(
    browser: Any, station: Duty
) -> None:
    with opened(browser, station.here, lossy=True) as page:
        sit_down(page)
        page.keyboard.press(" ")
        page.keyboard.press("3")
        page.locator("#duty .badge.dismissed").wait_for()
        page.locator("button.close").click()
        page.locator("#refused", has_text="张伟完成，须由另一人复核").wait_for()
        assert handling(station, "fire-2")["state"] == "dismissed"
        sit_down(page, "李娜", SEATS[1])
        page.locator("#queue li[data-incident='fire-2'] > button").click()
        page.locator("button.close").click()
        page.locator("#duty .badge.closed").wait_for()


def test_who_may_only_look_is_offered_nothing_to_do(page: Any, station: Duty) -> None:
    sit_down(page, "审计", role=Role.AUDITOR)
    page.locator("#duty .sheets").wait_for()
    assert page.locator("#duty button.verb").count() == 0
    page.keyboard.press("f")
    page.locator("#me").click()
    page.locator("#who", has_text="审计员，所有区").wait_for()
    page.locator("#who summary").click()
    page.locator("#password-old").press_sequentially("af u")
    assert handling(station, "fire-2")["marks"] == [], "no key of theirs is a command"


def test_an_exercise_says_so_wherever_it_is_shown(page: Any) -> None:
    row = page.locator("#queue li[data-incident='drill-3']")
    assert "演练" in row.inner_text()
    row.locator("button").click()
    page.locator(".drill-banner", has_text="演练：不是真实火情").wait_for()


def test_repeats_are_merged_folded_away_and_taken_out_again(page: Any, station: Duty) -> None:
    station.raise_alarm("smoke-4", 70)
    sit_down(page)
    page.locator("#queue li[data-incident='smoke-4'] > button").click()
    page.locator("button.merge").click()
    page.locator("#goals button", has_text="金陵化工仓库").click()
    page.locator("li[data-incident='fire-2'] li[data-incident='smoke-4']").wait_for()
    page.locator("#duty a", has_text="已并入").click()
    page.locator("h1", has_text="金陵化工仓库").wait_for()
    page.locator("li[data-incident='fire-2'] summary").click()
    page.locator("li[data-incident='smoke-4']").wait_for(state="hidden")
    page.locator("li[data-incident='fire-2'] summary").click()
    page.locator("li[data-incident='smoke-4'] > button").click()
    page.locator("button.unmerge").click()
    page.locator("#queue > li[data-incident='smoke-4']").wait_for()


def test_a_new_alarm_is_said_aloud_to_a_screen_reader(page: Any, station: Duty) -> None:
    assert page.locator("#alarms").inner_text() == "", "what was there before is no news"
    station.raise_alarm("smoke-4", 70)
    page.locator("#alarms", has_text="新警情：烟雾").wait_for(state="attached")


def test_the_keys_are_listed_and_the_space_bar_still_works_a_button(page: Any) -> None:
    page.keyboard.press("?")
    page.locator("#help[open]").wait_for()
    assert page.locator("#help dt").count() == 11
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    page.locator("#help").wait_for(state="hidden")
    page.locator("#language").focus()
    page.keyboard.press(" ")
    page.locator("html[lang='en']").wait_for()
    assert page.locator("#dismissal[open]").count() == 0
