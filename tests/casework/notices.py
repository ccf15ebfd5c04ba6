"""The State Council's notices on public holidays, typed from their text.

国办发明电〔2023〕7号 (25 October 2023), 国办发明电〔2024〕12号 (12 November 2024), and the one
for 2026 of 4 November 2025, as the Xinhua agency printed them.
"""

from __future__ import annotations

from datetime import date, timedelta

from casework.workdays import Notice

OFF: tuple[tuple[date, date], ...] = (
    (date(2024, 1, 1), date(2024, 1, 1)),
    (date(2024, 2, 10), date(2024, 2, 17)),
    (date(2024, 4, 4), date(2024, 4, 6)),
    (date(2024, 5, 1), date(2024, 5, 5)),
    (date(2024, 6, 10), date(2024, 6, 10)),
    (date(2024, 9, 15), date(2024, 9, 17)),
    (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 1), date(2025, 1, 1)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2025, 4, 4), date(2025, 4, 6)),
    (date(2025, 5, 1), date(2025, 5, 5)),
    (date(2025, 5, 31), date(2025, 6, 2)),
    (date(2025, 10, 1), date(2025, 10, 8)),
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
    (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
)
ON: tuple[date, ...] = (
    date(2024, 2, 4),
    date(2024, 2, 18),
    date(2024, 4, 7),
    date(2024, 4, 28),
    date(2024, 5, 11),
    date(2024, 9, 14),
    date(2024, 9, 29),
    date(2024, 10, 12),
    date(2025, 1, 26),
    date(2025, 2, 8),
    date(2025, 4, 27),
    date(2025, 9, 28),
    date(2025, 10, 11),
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
)

NOTICE_2026 = Notice(
    year=2026,
    off=tuple(holiday for holiday in OFF if holiday[0].year == 2026),
    on=tuple(day for day in ON if day.year == 2026),
)

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
DAYS = tuple(FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
NOT_WORKED = tuple(
    day
    for day in DAYS
    if day not in ON and (day.weekday() >= 5 or any(first <= day <= last for first, last in OFF))
)


def around_holidays() -> list[date]:
    """200 days: each the notices name, and the nearest ones that they do not."""
    named = {day for day in DAYS if day in ON or any(a <= day <= b for a, b in OFF)}
    near = sorted(
        (min(abs((day - one).days) for one in named), day) for day in DAYS if day not in named
    )
    return sorted(named | {day for _, day in near[: 200 - len(named)]})
