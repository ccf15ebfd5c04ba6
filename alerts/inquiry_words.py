"""The answer to a question in one sentence to say aloud: Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from alerts.incident import Incident
from alerts.inquiry import Answer, Ground, Verdict
from alerts.words import Language, headline, place_in_words
from geo.looking import Reason

_SEEN = {"zh": "已发现{what}。{where}。", "en": "{what}. {where}."}
_UNCONFIRMED = {
    "zh": "最新画面中该处有疑似烟火，尚未确认。",
    "en": "The newest picture shows something there; nobody has confirmed it.",
}
_NOT_SEEN = {
    "zh": "{time}的画面中该处未见烟火，此后情况不明。",
    "en": "Nothing was seen there in the picture of {time}; what came after is not known.",
}
_BLIND = {"zh": "目前看不到该处：{reason}。", "en": "It cannot be seen now: {reason}."}
_OF_ONE_DISTRICT = {
    "zh": "仅依据本区的无人机与警情。",
    "en": " Only this district's drones and incidents were considered.",
}
_REASONS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        Ground.NO_PICTURE: "近期没有可用画面",
        Reason.OUT_OF_VIEW: "没有画面拍到该处",
        Reason.TOO_FAR: "距离太远",
        Reason.TOO_COARSE: "画面分辨率不足",
        Reason.TOO_FLAT: "视线过于平缓",
        Reason.OCCLUDED: "被建筑物或山体遮挡",
        Reason.NO_GROUND: "该处没有地面高程",
        Reason.TOO_LITTLE: "只拍到该处的一部分",
        Reason.NO_POSE: "相机姿态未知",
    },
    "en": {
        Ground.NO_PICTURE: "no usable picture has come in lately",
        Reason.OUT_OF_VIEW: "no picture contains it",
        Reason.TOO_FAR: "too far away",
        Reason.TOO_COARSE: "the pictures are too coarse there",
        Reason.TOO_FLAT: "the line of sight is too flat",
        Reason.OCCLUDED: "buildings or hills are in the way",
        Reason.NO_GROUND: "the terrain has no height there",
        Reason.TOO_LITTLE: "the pictures contain only some of it",
        Reason.NO_POSE: "where the camera looked is not known",
    },
}


def answer_in_words(
    answer: Answer,
    incident: Incident | None,
    zone: tzinfo,
    language: Language,
    *,
    of_one_district: bool = False,
) -> str:
    """The answer; ``incident`` is the one of its position, times are in the station's zone.

    Unless something was seen, it says so where only one district was asked: another's may know.
    """
    said = _answer(answer, incident, zone, language)
    limited = of_one_district and answer.verdict is not Verdict.SEEN
    return said + (_OF_ONE_DISTRICT[language] if limited else "")


def _answer(answer: Answer, incident: Incident | None, zone: tzinfo, language: Language) -> str:
    if answer.verdict is Verdict.SEEN and incident is not None:
        return _SEEN[language].format(
            what=headline(incident, language), where=place_in_words(incident.best, language)
        )
    if answer.verdict is Verdict.SEEN:
        return _UNCONFIRMED[language]
    if answer.verdict is Verdict.NOT_SEEN_SINCE and answer.since_s is not None:
        time = f"{datetime.fromtimestamp(answer.since_s, zone):%H:%M:%S}"
        return _NOT_SEEN[language].format(time=time)
    reason = _REASONS[language].get(answer.reason, answer.reason.replace("_", " "))
    return _BLIND[language].format(reason=reason)
