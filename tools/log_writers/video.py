"""Small videos as drones record them, each picture wearing its number, for tests and benchmarks."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from tools.log_writers.patrol import Sample

Image = npt.NDArray[np.uint8]
TICKS = 90_000
WIDTH_PX, HEIGHT_PX = 320, 240
SAMPLE_FLIGHTS = Path(__file__).parents[2] / "sample_flights"
_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle."""

    from_s: float
    to_s: float
    text: str


def numbered(number: int, backdrop: Image | None = None) -> Image:
    """A picture with its number as 16 black or white squares along the top, first bit left."""
    if backdrop is None:
        backdrop = np.full((HEIGHT_PX, WIDTH_PX, 3), 96, np.uint8)
    image = backdrop.copy()
    side_px = image.shape[1] // _BITS
    for bit in range(_BITS):
        image[:side_px, bit * side_px : (bit + 1) * side_px] = 255 * (number >> bit & 1)
    return image


def number_in(jpeg: bytes) -> int:
    """The number of a picture, read back."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    side_px = image.shape[1] // _BITS
    middles = image[side_px // 2, side_px // 2 :: side_px][:_BITS]
    return sum(int(value > 128) << bit for bit, value in enumerate(middles))


def flight_pictures(flight: str, width_px: int, height_px: int) -> list[Image]:
    """The frames of a sample flight, scaled."""
    files = sorted((SAMPLE_FLIGHTS / flight / "frames").glob("*.jpg"))
    found = [cv2.imread(str(file)) for file in files]
    return [
        np.asarray(cv2.resize(i, (width_px, height_px)), np.uint8) for i in found if i is not None
    ]


def clip(
    times_s: Sequence[float],
    *,
    container: str = "mp4",
    cues: Sequence[Cue] = (),
    klv: Sequence[tuple[float, bytes]] = (),
    djmd: Sequence[tuple[float, bytes]] = (),
    creation_time_s: float | None = None,
    backdrops: Sequence[Image] = (),
    options: dict[str, str] | None = None,
) -> bytes:
    """A video with one picture at each of ``times_s``: numbers 0, 1, 2...

    Args:
        times_s: presentation times, at any spacing.
        container: "mp4", "mov" or "mpegts".
        cues: of an embedded text track (MP4 and MOV), as DJI writes it.
        klv: packets of a KLV track (MPEG-TS), each with its time.
        djmd: packets of a track with DJI's code (MP4); their content is of no kind DJI writes.
        creation_time_s: written into the file.
        backdrops: pictures to draw the numbers on, taken in turn.
        options: of the container.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options or {}) as out:
        if creation_time_s is not None:
            out.metadata["creation_time"] = datetime.fromtimestamp(creation_time_s, UTC).isoformat()
        pictures = _picture_track(out, backdrops[0] if backdrops else numbered(0))
        sides = [
            *_side_track(out, "mov_text", [(c.from_s, _timed_text(c), c.to_s) for c in cues]),
            *_side_track(out, "klv", [(at_s, data, at_s) for at_s, data in klv]),
            *_side_track(out, "bin_data", [(at_s, data, at_s) for at_s, data in djmd]),
        ]
        sides.sort(key=lambda packet: packet.pts * packet.time_base)
        for number, time_s in enumerate(times_s):
            while sides and sides[0].pts * sides[0].time_base <= time_s:
                out.mux(sides.pop(0))
            backdrop = backdrops[number % len(backdrops)] if backdrops else None
            picture = av.VideoFrame.from_ndarray(numbered(number, backdrop), format="bgr24")
            picture.pts, picture.time_base = round(time_s * TICKS), Fraction(1, TICKS)
            out.mux(pictures.encode(picture))
        out.mux(pictures.encode(None))
        for packet in sides:
            out.mux(packet)
    data = file.getvalue()
    return data.replace(b"gpmd", b"djmd") if djmd else data  # FFmpeg writes GoPro's code only


def srt(cues: Sequence[Cue]) -> bytes:
    """The cues as a subtitle file."""
    return "".join(
        f"{n}\n{_time(c.from_s)} --> {_time(c.to_s)}\n{c.text}\n\n" for n, c in enumerate(cues, 1)
    ).encode()


def dji_cues(samples: Sequence[Sample], *, per_s: float, zone_s: float = 0.0) -> list[Cue]:
    """One cue a sample in the dialect of a Mavic 3, its wall clock ``zone_s`` ahead of UTC."""
    return [
        Cue(from_s=i / per_s, to_s=(i + 1) / per_s, text=_dji_text(i, sample, per_s, zone_s))
        for i, sample in enumerate(samples)
    ]


def _dji_text(i: int, sample: Sample, per_s: float, zone_s: float) -> str:
    wall = datetime.fromtimestamp(sample.t_s + zone_s, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    lat_deg, lon_deg = (sample.lat_deg, sample.lon_deg) if sample.has_fix else (0.0, 0.0)
    return (
        f'<font size="28">FrameCnt: {i + 1}, DiffTime: {1000 / per_s:.0f}ms\n{wall}\n'
        f"[iso: 100] [shutter: 1/500.0] [fnum: 2.8] [focal_len: 24.00] "
        f"[latitude: {lat_deg:.6f}] [longitude: {lon_deg:.6f}] "
        f"[rel_alt: {sample.height_takeoff_m:.3f} abs_alt: {sample.height_msl_m:.3f}] </font>"
    )


def _with_subtitles(samples: list[Sample]) -> bytes:
    every = max(1, len(samples) // 30)
    times_s = [sample.t_s - samples[0].t_s for sample in samples[::every]]
    cues = dji_cues(samples, per_s=1 / (samples[1].t_s - samples[0].t_s))
    return clip(times_s, cues=cues, creation_time_s=samples[0].t_s)


WRITERS: dict[str, Callable[[list[Sample]], bytes]] = {"dji_subtitles.MP4": _with_subtitles}


def _picture_track(out: Any, like: Image) -> Any:
    fast = {"preset": "ultrafast", "slices": "1", "x264-params": "threads=1"}  # as cameras do
    track = out.add_stream("libx264", rate=30, options=fast)
    track.height, track.width = like.shape[:2]
    track.pix_fmt = "yuv420p"
    track.codec_context.time_base = Fraction(1, TICKS)
    return track


def _side_track(out: Any, kind: str, items: list[tuple[float, bytes, float]]) -> list[av.Packet]:
    """Packets of a track beside the pictures, from (from_s, data, to_s)."""
    if not items:
        return []
    track = out.add_mux_stream(kind) if kind == "mov_text" else out.add_data_stream(kind)
    found = []
    for from_s, data, to_s in items:
        packet = av.Packet(data)
        packet.stream = track
        packet.time_base = Fraction(1, TICKS)
        packet.pts = packet.dts = round(from_s * TICKS)
        packet.duration = round(to_s * TICKS) - packet.pts
        found.append(packet)
    return found


def _timed_text(cue: Cue) -> bytes:
    """Length and text (3GPP TS 26.245, 5.17)."""
    text = cue.text.encode()
    return len(text).to_bytes(2, "big") + text


def _time(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"
