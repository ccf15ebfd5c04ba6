"""The words of the hand-over sheet, once for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts import phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWords:
    """Labels of the eleven items, and templates for str.format."""

    title: str
    labels: tuple[str, ...]
    opening: str
    drill: str
    told_by: str
    stop: str
    """After each sentence."""
    comma: str
    written: str
    none: str
    none_known: str
    no_premises: str
    hazchem: Mapping[bool, str]
    seen: str
    growing: str
    not_growing: str
    growth_unknown: str
    on_scene: str
    gone: str
    unconfirmed: str
    no_phone: str
    at_risk: Mapping[bool | None, str]
    categories: Mapping[str, str]


EN = SheetWords(
    title="Fire hand-over to 119",
    labels=(
        "Incident",
        "Found at",
        "Position and error",
        "Premises",
        "What is seen",
        "Still growing?",
        "Picture",
        "Drone on scene?",
        "Confirmed by",
        "People at risk?",
        "Access",
    ),
    opening="This is the drone patrol with a fire to report. ",
    drill="THIS IS AN EXERCISE OR A TEST, NO REAL FIRE. ",
    told_by="confirmed by {who}",
    stop=". ",
    comma=", ",
    written="Written at {time}",
    none="none",
    none_known="nothing known",
    no_premises="no premises is likely: go by the position",
    hazchem={True: "HAZARDOUS CHEMICALS", False: "no hazardous chemicals on register"},
    seen="{what}, pictures that show it: {times}",
    growing="growing, about {size_m} m across",
    not_growing="not growing, about {size_m} m across",
    growth_unknown="not known",
    on_scene="yes: {devices}",
    gone="no: {devices} saw it last {minutes} min ago",
    unconfirmed="nobody yet",
    no_phone="no telephone given",
    at_risk={
        None: "not known whether people are at risk",
        True: "PEOPLE ARE AT RISK",
        False: "no people at risk",
    },
    categories=phrases.EN.categories,
)

ZH = SheetWords(
    title="119火情移交单",
    labels=(
        "事件编号",
        "发现时间",
        "位置与误差",
        "场所",
        "所见情况",
        "是否蔓延",
        "图片",
        "无人机是否在现场",
        "确认人",
        "有无人员受困",
        "进入路线",
    ),
    opening="无人机巡飞报告火情：",
    drill="【演练或测试，非真实火情】",
    told_by="确认人：{who}",
    stop="。",
    comma="，",
    written="制表时间：{time}",
    none="无",
    none_known="暂无信息",
    no_premises="没有可以确定的场所，请以坐标为准",
    hazchem={True: "涉及危险化学品", False: "登记中无危险化学品"},
    seen="{what}，共{times}张画面可见",
    growing="正在扩大，约{size_m}米宽",
    not_growing="未见扩大，约{size_m}米宽",
    growth_unknown="不明",
    on_scene="在现场：{devices}",
    gone="已离开：{devices}最后一次看到是{minutes}分钟前",
    unconfirmed="尚未有人确认",
    no_phone="未留电话",
    at_risk={None: "有无人员受困不明", True: "有人员受困", False: "无人员受困"},
    categories=phrases.ZH.categories,
)
