"""Tables as files: what is in them comes back out of other readers, and nothing in them runs."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from plumeline.tables import Cell, as_csv, as_xlsx

NANJING = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 24, 4, 0, 0, tzinfo=UTC)
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", "=cmd|'/C calc'!A0"]
HARMLESS = ["金陵化工仓库", "a,b", 'he said "no"', "two\nlines", "1-2", "'quoted", ""]


def read_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", EVIL)
def test_a_text_that_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    ((_, told),) = read_csv(as_csv(["n", "what"], [[1, text]]))[1:]
    assert told == f"'{text}"
    sheet = openpyxl.load_workbook(BytesIO(as_xlsx("t", ["=header"], [[text]], NANJING))).active
    assert sheet["A2"].data_type != "f" and sheet["A1"].data_type == "s"


def test_numbers_stay_numbers_also_below_zero() -> None:
    assert read_csv(as_csv(["a"], [[-1.5], [-3]]))[1:] == [["-1.5"], ["-3"]]
    sheet = openpyxl.load_workbook(BytesIO(as_xlsx("t", ["a"], [[-1.5]], NANJING))).active
    assert sheet["A2"].value == -1.5


def test_what_goes_in_comes_out_of_another_reader() -> None:
    rows: list[list[Cell]] = [[text, n, NOON, None] for n, text in enumerate(HARMLESS)]
    told = read_csv(as_csv(["what", "n", "when", "none"], rows))[1:]
    assert told == [[text, str(n), "2026-11-24T04:00:00+00:00", ""]
                    for n, text in enumerate(HARMLESS)]  # fmt: skip
    sheet = openpyxl.load_workbook(
        BytesIO(as_xlsx("事件/日志?", ["what", "n", "when", "none"], rows, NANJING))
    ).active
    found = list(sheet.iter_rows(min_row=2, values_only=True))
    noon = datetime(2026, 11, 24, 12, 0, 0)  # noqa: DTZ001 - XLSX has no zones
    assert found == [(text, n, noon, None) for n, text in enumerate(HARMLESS)]


def test_a_table_without_rows_is_a_table() -> None:
    assert read_csv(as_csv(["a", "b"], [])) == [["a", "b"]]
    assert openpyxl.load_workbook(BytesIO(as_xlsx("", ["a"], [], NANJING))).active.max_row == 1
