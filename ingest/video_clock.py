"""Whether a log's wall clock agrees with the time its video says it was made. Pure."""

from __future__ import annotations

from ingest.logs.flight import Clock

_ZONE_STEP_S = 1800.0
_WIDEST_ZONE_S = 14 * 3600.0
_AGREE_S = 10.0


def check_clock(
    span_s: tuple[float, float], clock: Clock, creation_time_s: float | None
) -> tuple[float | None, float | None, list[str]]:
    """How far the log's clock is ahead of the video's, the zone that says so if any, and why.

    Cameras write the creation time when they open or when they close the file: either end of the
    recording ``span_s`` may agree. A difference of whole or half hours is a zone; any other is a
    wrong clock, which is shown and not corrected, because nothing says which of the two is right.
    """
    if creation_time_s is None or clock in (Clock.RELATIVE, Clock.NONE):
        return None, None, []
    ahead_s = span_s[0] - creation_time_s
    for t_s in span_s:
        off_s = t_s - creation_time_s
        zone_s = round(off_s / _ZONE_STEP_S) * _ZONE_STEP_S
        if abs(off_s - zone_s) > _AGREE_S or abs(zone_s) > _WIDEST_ZONE_S:
            continue
        if zone_s == 0:
            return ahead_s, 0.0 if clock is Clock.LOCAL else None, []
        if clock is Clock.LOCAL:
            note = f"the log's clock is at UTC{_hours(zone_s)} if the video's creation time is UTC"
            return ahead_s, zone_s, [note]
        note = f"the video's creation time is not UTC: it is at UTC{_hours(-zone_s)}"
        return ahead_s, None, [note]
    note = (
        f"the log's clock is {_hours(ahead_s)} ahead of the video's creation time, which is no "
        "zone: one of the two is wrong; set an offset if you know which"
    )
    return ahead_s, None, [note]


def _hours(seconds: float) -> str:
    whole = abs(round(seconds))
    text = f"{'-' if seconds < 0 else '+'}{whole // 3600:02}:{whole // 60 % 60:02}"
    return text + (f":{whole % 60:02}" if whole % 60 else "")
