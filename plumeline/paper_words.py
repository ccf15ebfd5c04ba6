"""The words of the printed incident report that no other report has, once for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.response_clock import Stage
from alerts.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperWords:
    """Labels, and templates for str.format."""

    title: str
    print: str
    other: str
    """The other language."""
    replay: str
    station: str
    made: str
    program: str
    link: str
    plan: str
    legend: str
    ranking: tuple[str, str, str, str]
    pictures: str
    picture: str
    response: str
    stages: Mapping[Stage, str]
    order: str
    order_rows: tuple[str, str, str]
    record: str
    verdict: tuple[str, str, str, str]
    sound: str
    changed: str
    unsigned: str
    check: str
    models: str


EN = PaperWords(
    title="Incident report",
    print="Print",
    other="中文",
    replay="Open the replay",
    station="Station",
    made="Made at",
    program="Program",
    link="Replay",
    plan="Where",
    legend="North is up. Red: the place with its 95 % ellipse, or the bearing with its 95 % sector."
    " Blue: the drone's track; arrow: the drone at the clearest picture, dashed: its line of sight."
    " Outlines: premises of the register.",
    ranking=("Premises", "Id", "Likelihood", "Distance"),
    pictures="Pictures",
    picture="{time}, {device}: {label}, score {score:.2f}. SHA-256 of the original:",
    response="Response",
    stages={
        Stage.CAPTURED: "First picture taken",
        Stage.RECEIVED: "received",
        Stage.DETECTED: "detected",
        Stage.RAISED: "alarm raised",
        Stage.NOTIFIED: "partner notified",
        Stage.ACKNOWLEDGED: "acknowledged",
        Stage.CONFIRMED: "confirmed",
        Stage.HANDED_OVER: "handed over",
        Stage.ARRIVED: "on scene",
        Stage.RESOLVED: "resolved",
    },
    order="The hazard left behind",
    order_rows=("Work order", "State", "Due"),
    record="The record behind this report",
    verdict=("Flight", "Ledger", "Entries", "Signed"),
    sound="as recorded",
    changed="CHANGED: {n} findings",
    unsigned="not yet",
    check="This page was made from the station's record when it was opened. For a proof that stands"
    " without the station, export a bundle: plumeline export --incident {incident}.",
    models="Detection models",
)

ZH = PaperWords(
    title="火情事件报告",
    print="打印",
    other="English",
    replay="打开回放",
    station="站点",
    made="生成时间",
    program="程序",
    link="回放",
    plan="位置图",
    legend="上方为北。红色：位置及95%误差椭圆，或方位及95%扇区；蓝色：无人机航迹；箭头：拍摄最清晰画面时的无人机，"
    "虚线为视线；轮廓：登记场所。",
    ranking=("场所", "编号", "可能性", "距离"),
    pictures="画面",
    picture="{time}，{device}：{label}，置信度{score:.2f}。原图SHA-256：",
    response="响应时间",
    stages={
        Stage.CAPTURED: "首张画面拍摄",
        Stage.RECEIVED: "收到画面",
        Stage.DETECTED: "检出",
        Stage.RAISED: "报警",
        Stage.NOTIFIED: "通知协作单位",
        Stage.ACKNOWLEDGED: "应答",
        Stage.CONFIRMED: "确认",
        Stage.HANDED_OVER: "移交",
        Stage.ARRIVED: "到场",
        Stage.RESOLVED: "处置完毕",
    },
    order="遗留隐患",
    order_rows=("工单", "状态", "到期日"),
    record="本报告所依据的记录",
    verdict=("架次", "账本核验", "条目", "签名于"),
    sound="与记录一致",
    changed="已被改动：{n} 处",
    unsigned="尚未签名",
    check="本页打开时由站点记录即时生成。如需脱离站点也能核验的证明，请导出证据包："
    "plumeline export --incident {incident}。",
    models="检测模型",
)


def paper_words(language: Language) -> PaperWords:
    """Those of a language."""
    return ZH if language == "zh" else EN
