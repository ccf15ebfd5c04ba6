"""The column names of registers, Chinese and English, whole or cut by a Shapefile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.register.sheet import Value

ALIASES: dict[str, tuple[str, ...]] = {
    "premises_id": ("premises_id", "id", "code", "adcode", "编号", "场所编号", "单位编号", "编码"),
    "name": ("name", "名称", "场所名称", "单位名称"),
    "name_en": ("name_en", "英文名称"),
    "category": ("category", "kind", "type", "类别", "类型", "场所类别", "场所类型"),
    "risk": ("risk", "风险", "风险等级"),
    "address": ("address", "addr", "地址", "详细地址", "场所地址", "单位地址"),
    "station": ("station", "工作站", "所属工作站"),
    "district": ("district", "区", "行政区", "所属区"),
    "height_m": ("height_m", "高度", "建筑高度"),
    "lon": ("lon", "lng", "long", "longitude", "lon_deg", "经度"),
    "lat": ("lat", "latitude", "lat_deg", "纬度"),
    "easting": ("easting", "easting_m", "东坐标", "横坐标"),
    "northing": ("northing", "northing_m", "北坐标", "纵坐标"),
}
"""Per name here those that files use; the first of them that a file has is taken."""
_WHOLE_NUMBERS = ("risk",)
_NUMBERS = ("height_m",)
_CUT_BYTES = 10  # a dBASE field name


def canonical(columns: list[str], *, cut: bool = False) -> dict[str, str]:
    """From the names here to the file's columns; ``cut`` if it keeps only ten bytes of them."""
    said = {column.strip().casefold(): column for column in reversed(columns)}
    found = {}
    for name, aliases in ALIASES.items():
        wanted = [form for alias in aliases for form in _forms(alias, cut=cut)]
        column = next((said[form] for form in wanted if form in said), None)
        if column is not None:
            found[name] = column
    return found


def _forms(alias: str, *, cut: bool) -> tuple[str, ...]:
    if not cut:
        return (alias,)
    shortened = (
        alias.encode(code)[:_CUT_BYTES].decode(code, "ignore") for code in ("gbk", "utf-8")
    )
    return (alias, *shortened)


def renamed(record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Value]:
    """The fields of a record that are known here; numbers written as text become numbers."""
    return {name: _value(name, record.get(column)) for name, column in names.items()}


def _value(name: str, value: Any) -> Value:
    if not isinstance(value, str):
        return value if value is None or isinstance(value, int | float) else repr(value)
    text = value.strip()
    if not text:
        return None
    try:
        if name in _WHOLE_NUMBERS:
            return int(text)
        if name in _NUMBERS:
            return float(text)
    except ValueError:
        pass
    return text
