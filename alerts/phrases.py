"""The phrases that `alerts.words` puts together, once for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detect.detection import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasebook:
    """Templates for str.format, and the words that go into them."""

    labels: Mapping[Label, str]
    compass: tuple[str, ...]
    """Sixteen directions, clockwise from north."""
    and_: str
    """Between labels."""
    then: str
    """Between the parts of a place."""
    colon: str
    position: str
    hemispheres: tuple[str, str, str, str]
    """North, south, east, west."""
    inside: str
    """A premises that holds at least half of the error ellipse."""
    category: str
    """Its category, where the register gives one."""
    edge: str
    beside: str
    from_home: str
    sector: str
    unlocated: str
    headline: str
    at: str
    towards: str
    somewhere: str
    metres: str
    kilometres: str
    english: bool
    """Whether premises go by their English name, where the register has one."""
    categories: Mapping[str, str]
    """The four classes of the patrol log; a register's own categories are shown as they are."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Known reasons why there is no point, and known parts of them on either side of a colon; any
    other is shown as it is."""


EN = Phrasebook(
    labels={Label.SMOKE: "smoke", Label.FIRE: "fire"},
    compass=(
        "north",
        "north-north-east",
        "north-east",
        "east-north-east",
        "east",
        "east-south-east",
        "south-east",
        "south-south-east",
        "south",
        "south-south-west",
        "south-west",
        "west-south-west",
        "west",
        "west-north-west",
        "north-west",
        "north-north-west",
    ),
    and_=" and ",
    then="; ",
    colon=": ",
    position="{lat:.6f}° {ns}, {lon:.6f}° {ew}, ±{error_m} m (95%)",
    hemispheres=("N", "S", "E", "W"),
    inside="{name} ({category}likelihood {likely}%)",
    category="{category}, ",
    edge="in or at the edge of {name}",
    beside="near {name}, {away} {side} of it",
    from_home="{away} {side} of the take-off point",
    sector="bearing only: from the drone's position towards {side} ({bearing}° ±{error}°, 95%)"
    "; {reason}",
    unlocated="position unknown: {reason}",
    headline="{what} {where}",
    at="at {place}",
    towards="to the {side} of the drone",
    somewhere="at an unknown position",
    metres="{:.0f} m",
    kilometres="{:.1f} km",
    english=True,
    categories={
        "production_unit": "production unit",
        "small_place": "small premises",
        "residential": "residential compound",
        "hazchem": "hazardous chemicals",
    },
)

ZH = Phrasebook(
    labels={Label.SMOKE: "烟雾", Label.FIRE: "明火"},
    compass=(
        "北",
        "东北偏北",
        "东北",
        "东北偏东",
        "东",
        "东南偏东",
        "东南",
        "东南偏南",
        "南",
        "西南偏南",
        "西南",
        "西南偏西",
        "西",
        "西北偏西",
        "西北",
        "西北偏北",
    ),
    and_="、",
    then="；",
    colon="：",
    position="{ew}{lon:.6f}°，{ns}{lat:.6f}°，误差±{error_m}米（95%）",
    hemispheres=("北纬", "南纬", "东经", "西经"),
    inside="{name}（{category}可能性{likely}%）",
    category="{category}，",
    edge="{name}内或其边缘",
    beside="{name}{side}约{away}处",
    from_home="起飞点{side}方向{away}",
    sector="只有方位：从无人机所在位置朝{side}（{bearing}°，误差±{error}°，95%）；{reason}",
    unlocated="位置不明：{reason}",
    headline="{what}：{where}",
    at="{place}",
    towards="无人机{side}方向",
    somewhere="位置不明",
    metres="{:.0f}米",
    kilometres="{:.1f}公里",
    english=False,
    categories={
        "production_unit": "生产经营单位",
        "small_place": "小型场所",
        "residential": "住宅小区",
        "hazchem": "危险化学品",
    },
    reasons={
        "position is not on Earth": "位置数据无效",
        "camera angles are not numbers": "相机姿态数据无效",
        "uncertainty is not a number": "误差数据无效",
        "uncertainty of the position is zero": "位置误差为零，不可信",
        "camera has no focal length": "相机焦距未知",
        "foot is not a pixel": "目标在图像中的位置无效",
        "no terrain under the drone": "无人机下方没有地形数据",
        "drone at or below the terrain": "无人机高度不高于地面",
        "foot beyond the horizon": "目标底部在地平线之外",
        "foot at or above the horizon": "目标底部在地平线或以上",
        "foot less than 5 deg below the horizon": "目标底部低于地平线不足5°",
        "box touches the frame edge": "检测框触及画面边缘",
        "height above the ground unknown": "离地高度未知",
        "camera angles unknown": "相机姿态未知",
        "telemetry without gimbal": "遥测中没有云台数据",
        "field of view unknown": "相机视场角未知",
        "telemetry gap": "遥测中断",
        "no telemetry with a position": "没有带位置的遥测数据",
        "no telemetry before the picture": "拍摄之前没有遥测数据",
        "no telemetry after the picture": "拍摄之后没有遥测数据",
        "no reason recorded": "未记录原因",
    },
)
