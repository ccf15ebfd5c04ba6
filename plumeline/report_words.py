"""The words of the evidence report, once for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.events import Status
from alerts.lifecycle import Reason, State, Verb
from store.evidence import About


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """Labels, and templates for str.format."""

    title: str
    drill: str
    about: Mapping[About, str]
    station: str
    made: str
    reason: str
    unit: str
    name: str
    approved_by: str
    reviewed: str
    reviewed_so: str
    program: str
    key: str
    span: str
    until: str
    """Between two times."""
    incidents: str
    no_incident: str
    status_label: str
    status: Mapping[Status, str]
    state_label: str
    state: Mapping[State, str]
    dismissed_for: Mapping[Reason, str]
    position: str
    seen: str
    seen_times: str
    by_devices: str
    merged: str
    picture: str
    picture_of: str
    happened: str
    time: str
    what: str
    who: str
    raised: str
    placed: str
    machine: str
    verbs: Mapping[Verb, str]
    flights: str
    flight: str
    fixes: str
    frames: str
    models: str
    model: str
    weights: str
    weights_unknown: str
    nothing_judged: str
    left_out: str
    file: str
    why: str
    coarse: str
    check: str
    how: tuple[str, ...]
    limits_title: str
    limits: tuple[str, ...]
    comma: str


EN = ReportWords(
    title="Evidence report",
    drill="EXERCISE OR TEST, NO REAL FIRE",
    about={About.INCIDENT: "Incident", About.FLIGHT: "Flight"},
    station="Station",
    made="Exported at",
    reason="Reason for export",
    unit="Unit",
    name="Exported by",
    approved_by="Original pictures approved by",
    reviewed="Pictures reviewed as evidence",
    reviewed_so="{passed} passed, {failed} failed, {none} not reviewed",
    program="Program",
    key="Station's public key",
    span="From, to",
    until=" to ",
    incidents="What was seen",
    no_incident="No incident was raised from this flight.",
    status_label="Kind",
    status={
        Status.ACTUAL: "actual",
        Status.EXERCISE: "exercise",
        Status.TEST: "test",
    },
    state_label="Stands",
    state={
        State.RAISED: "raised, unanswered",
        State.ACKNOWLEDGED: "acknowledged",
        State.CONFIRMED: "confirmed by a person",
        State.DISMISSED: "dismissed",
        State.HANDED_OVER: "handed over",
        State.RESOLVED: "resolved",
        State.CLOSED: "closed",
    },
    dismissed_for={
        Reason.STEAM: "steam",
        Reason.KITCHEN: "kitchen fumes",
        Reason.PERMITTED_BURN: "permitted burning",
        Reason.DUST: "dust",
        Reason.CLOUD: "cloud or fog",
        Reason.REFLECTION: "reflection",
        Reason.OTHER: "another reason",
    },
    position="Position",
    seen="Seen",
    seen_times="in {count} pictures, {first} to {last}",
    by_devices="By",
    merged="Merged into",
    picture="Clearest picture",
    picture_of="{time}, {device}, score {score:.2f}, with the detection drawn in. SHA-256 of the"
    " original:",
    happened="What happened",
    time="Time",
    what="What",
    who="Who",
    raised="raised by the detector",
    placed="position worked out anew, from {views} views",
    machine="machine",
    verbs={
        Verb.ACKNOWLEDGE: "acknowledged",
        Verb.CONFIRM: "confirmed",
        Verb.DISMISS: "dismissed",
        Verb.HAND_OVER: "handed over",
        Verb.ARRIVE: "arrived on scene",
        Verb.RESOLVE: "resolved",
        Verb.CLOSE: "closed",
        Verb.REOPEN: "reopened",
        Verb.FORGET: "place forgotten",
        Verb.ESCALATE: "escalated, unanswered",
        Verb.MERGE: "merged",
        Verb.UNMERGE: "taken apart again",
        Verb.UNDO: "last step undone",
    },
    flights="Flights",
    flight="Flight",
    fixes="Positions",
    frames="Pictures",
    models="Detection models",
    model="Model",
    weights="SHA-256 of its weights",
    weights_unknown="not on this machine; the identity holds its first digits",
    nothing_judged="No picture of this case was judged by a model.",
    left_out="Not in this bundle",
    file="SHA-256",
    why="Why",
    coarse="Everything outside of the detections was made unrecognisable for this export. The"
    " originals stayed at the station; their SHA-256 are in the manifest.",
    check="Checking this bundle",
    how=(
        "verify_bundle.py, a script of 150 lines that needs nothing but Python, checks every file,"
        " the ledger and the signatures without Plumeline: python3 verify_bundle.py FILE.zip"
        " --key KEY, with the station's public key as you wrote it down earlier, not as it is"
        " printed here.",
        "By hand: manifest.json has the SHA-256 of every file; the ledger's entry “export” has"
        " that of manifest.json; a signed checkpoint ends the ledger. README.txt says how.",
    ),
    limits_title="What this does not prove",
    limits=(
        "Times of pictures and positions are those of the drone's own clock; times of people's"
        " acts are the station's.",
        "A detection is a machine's opinion. No picture is grounds for a penalty before a second"
        " person has reviewed it.",
        "The proof begins when a message reached the station. It says that nothing was changed"
        " since, not that the scene was as it looks.",
    ),
    comma=", ",
)

ZH = ReportWords(
    title="证据报告",
    drill="演练或测试，非真实火情",
    about={About.INCIDENT: "事件", About.FLIGHT: "架次"},
    station="站点",
    made="导出时间",
    reason="导出事由",
    unit="单位",
    name="导出人",
    approved_by="原始画面导出批准人",
    reviewed="画面证据审核",
    reviewed_so="通过 {passed}，未通过 {failed}，未审核 {none}",
    program="程序",
    key="站点公钥",
    span="起止时间",
    until=" 至 ",
    incidents="所见情况",
    no_incident="本架次未产生任何事件。",
    status_label="性质",
    status={Status.ACTUAL: "真实", Status.EXERCISE: "演练", Status.TEST: "测试"},
    state_label="当前状态",
    state={
        State.RAISED: "已报警，无人应答",
        State.ACKNOWLEDGED: "已接警",
        State.CONFIRMED: "已经人工确认",
        State.DISMISSED: "已排除",
        State.HANDED_OVER: "已移交",
        State.RESOLVED: "已处置",
        State.CLOSED: "已办结",
    },
    dismissed_for={
        Reason.STEAM: "水蒸气",
        Reason.KITCHEN: "餐饮油烟",
        Reason.PERMITTED_BURN: "经批准的焚烧",
        Reason.DUST: "扬尘",
        Reason.CLOUD: "云雾",
        Reason.REFLECTION: "反光",
        Reason.OTHER: "其他原因",
    },
    position="位置",
    seen="可见",
    seen_times="共{count}张画面，{first} 至 {last}",
    by_devices="设备",
    merged="已并入",
    picture="最清晰的画面",
    picture_of="{time}，{device}，置信度{score:.2f}，已画出检测框。原图SHA-256：",
    happened="经过",
    time="时间",
    what="事项",
    who="人员",
    raised="检测模型报警",
    placed="重新计算位置（{views}个视角）",
    machine="系统",
    verbs={
        Verb.ACKNOWLEDGE: "接警",
        Verb.CONFIRM: "确认",
        Verb.DISMISS: "排除",
        Verb.HAND_OVER: "移交",
        Verb.ARRIVE: "到场",
        Verb.RESOLVE: "处置完毕",
        Verb.CLOSE: "办结",
        Verb.REOPEN: "重新开启",
        Verb.FORGET: "撤销已知地点",
        Verb.ESCALATE: "无人应答，升级呼叫",
        Verb.MERGE: "合并",
        Verb.UNMERGE: "撤销合并",
        Verb.UNDO: "撤回上一步",
    },
    flights="架次",
    flight="架次",
    fixes="定位点",
    frames="画面",
    models="检测模型",
    model="模型",
    weights="权重文件SHA-256",
    weights_unknown="本机没有该权重文件；模型标识中含其前几位",
    nothing_judged="本案没有画面经过模型检测。",
    left_out="未包含在证据包中",
    file="SHA-256",
    why="原因",
    coarse="本次导出已将检测框以外的画面处理为不可辨认。原图留存于站点，其SHA-256见清单。",
    check="核验方法",
    how=(
        "verify_bundle.py（150行脚本，只需Python，不需要本系统）核验每个文件、账本和签名："
        "python3 verify_bundle.py 文件.zip --key 公钥。公钥请用您此前自行记录的，"
        "不要用本页所印的。",
        "手工核验：manifest.json 列出每个文件的SHA-256；账本中“export”条目载有 manifest.json"
        " 的SHA-256；签名检查点载有账本的SHA-256。详见 README.txt。",
    ),
    limits_title="不能证明的事项",
    limits=(
        "画面和定位的时间取自无人机自身时钟；人员操作的时间取自站点时钟。",
        "检测结果是机器意见。任何画面在经第二人复核之前，不得作为处罚依据。",
        "证明始于信息到达站点之时：只说明此后未被改动，不说明现场与画面所示一致。",
    ),
    comma="，",
)
