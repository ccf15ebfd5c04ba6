"""The made-up patrol as subtitles, GPX, KML and missions, as devices and services write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tools.log_writers.patrol import HOME, Sample

ZONE_S = 8 * 3600
"""Of the wall clock that subtitles show: UTC+8."""
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_KML = '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'


def mavic_pro(samples: Sequence[Sample]) -> bytes:
    """Longitude first, then latitude and satellites; whole seconds; heights by barometer."""

    def text(_: int, one: Sample) -> str:
        lat, lon = _place(one, 4)
        clock = _wall(one).strftime("%Y.%m.%d %H:%M:%S")
        return (
            f"HOME({HOME[1]:.4f},{HOME[0]:.4f}) {clock}\n"
            f"GPS({lon},{lat},{16 if one.has_fix else 0}) BAROMETER:{one.height_takeoff_m:.1f}\n"
            "ISO:100 Shutter:60 EV: Fnum:2.2"
        )

    return _cues(samples, text)


def mavic_mini(samples: Sequence[Sample]) -> bytes:
    """One line a cue, values not available, no wall clock."""

    def text(_: int, one: Sample) -> str:
        lat, lon = _place(one, 4)
        satellites = 17 if one.has_fix else 0
        return (
            f"F/2.8, SS 30.15, ISO 260, EV -1.7, GPS ({lon}, {lat}, {satellites}), "
            f"D 221.21m, H {one.height_takeoff_m:.2f}m, H.S n/a, V.S n/a "
        )

    return _cues(samples, text)


def air2s(samples: Sequence[Sample]) -> bytes:
    """One absolute height of no named datum; milli- and microseconds; focal length in tenths."""

    def text(i: int, one: Sample) -> str:
        lat, lon = _place(one, 6)
        return (
            f'<font size="36">SrtCnt : {i + 1}, DiffTime : 100ms\n'
            f"{_wall(one).strftime('%Y-%m-%d %H:%M:%S')},{_ms(one):03},000\n"
            "[iso : 100] [shutter : 1/80.0] [fnum : 280] [ev : 0] [color_md : default] "
            f"[focal_len : 240] [latitude: {lat}] [longitude: {lon}] "
            f"[altitude: {one.height_ellipsoid_m:.6f}] </font>"
        )

    return _cues(samples, text)


def mavic3(samples: Sequence[Sample]) -> bytes:
    """Both heights in one bracket."""
    return _cues(samples, lambda i, one: _new(i, one, "[focal_len: 24.00] ", ""))


def enterprise(samples: Sequence[Sample]) -> bytes:
    """As `mavic3`, with the gimbal's angles and the zoom."""

    def text(i: int, one: Sample) -> str:
        angles = (
            f" [gb_yaw: {_signed(one.gimbal_yaw_deg):.1f} gb_pitch: {one.gimbal_pitch_deg:.1f} "
            "gb_roll: 0.0]"
        )
        return _new(i, one, "[focal_len: 24.00] [dzoom_ratio: 1.00], ", angles)

    return _cues(samples, text)


def gpx(samples: Sequence[Sample]) -> bytes:
    """One track, heights above sea level, UTC."""
    points = "".join(
        f'<trkpt lon="{lon}" lat="{lat}"><ele>{one.height_msl_m:.3f}</ele>'
        f"<time>{_iso(one)}</time></trkpt>\n"
        for one in samples
        for lat, lon in [_place(one, 9)]
    )
    return (
        f'{_XML}<gpx version="1.1" creator="patrol" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>\n{points}</trkseg></trk></gpx>\n"
    ).encode()


def kml_line(samples: Sequence[Sample]) -> bytes:
    """A line without times, and where it took off."""
    home = f"<Point><coordinates>{HOME[1]},{HOME[0]},0</coordinates></Point>"
    words = "".join(f"{_lon_lat(one, ',')}\n" for one in samples)
    return _document(
        f"<Placemark><name>Home</name>{home}</Placemark><Placemark><LineString>"
        f"<altitudeMode>absolute</altitudeMode><coordinates>\n{words}</coordinates>"
        "</LineString></Placemark>"
    )


def kml_track(samples: Sequence[Sample]) -> bytes:
    """A track with a time for each point."""
    points = "".join(
        f"<when>{_iso(one)}</when><gx:coord>{_lon_lat(one, ' ')}</gx:coord>\n" for one in samples
    )
    return _document(
        "<Placemark><gx:Track><altitudeMode>absolute</altitudeMode>\n"
        f"{points}</gx:Track></Placemark>"
    )


def kmz(samples: Sequence[Sample]) -> bytes:
    """`kml_track`, zipped."""
    return _zipped({"doc.kml": kml_track(samples)})


def wpml(samples: Sequence[Sample]) -> bytes:
    """A mission through the samples that have a position, coordinates on lines of their own."""
    flown = [one for one in samples if one.has_fix]
    points = "".join(
        f"<Placemark><Point><coordinates>\n{one.lon_deg:.9f},{one.lat_deg:.9f}\n</coordinates>"
        f"</Point><wpml:index>{i}</wpml:index>"
        f"<wpml:executeHeight>{one.height_takeoff_m:.3f}</wpml:executeHeight></Placemark>\n"
        for i, one in enumerate(flown)
    )
    return (
        f'{_XML}<kml xmlns="http://www.opengis.net/kml/2.2" '
        'xmlns:wpml="http://www.dji.com/wpmz/1.0.6"><Document><Folder>'
        "<wpml:executeHeightMode>relativeToStartPoint</wpml:executeHeightMode>\n"
        f"{points}</Folder></Document></kml>\n"
    ).encode()


def mission_kmz(samples: Sequence[Sample]) -> bytes:
    """`wpml` as DJI's app stores it, beside a template without waypoints."""
    template = (
        f'{_XML}<kml xmlns="http://www.opengis.net/kml/2.2" '
        'xmlns:wpml="http://www.dji.com/wpmz/1.0.6"><Document/></kml>'
    )
    return _zipped({"wpmz/template.kml": template.encode(), "wpmz/waylines.wpml": wpml(samples)})


def _cues(samples: Sequence[Sample], text: Callable[[int, Sample], str]) -> bytes:
    begun_s = samples[0].t_s
    return "".join(
        f"{i + 1}\n{_span(one.t_s - begun_s)} --> {_span(one.t_s - begun_s + 0.1)}\n"
        f"{text(i, one)}\n\n"
        for i, one in enumerate(samples)
    ).encode()


def _new(i: int, one: Sample, lens: str, angles: str) -> str:
    lat, lon = _place(one, 6)
    return (
        f'<font size="28">FrameCnt: {i + 1}, DiffTime: 100ms\n'
        f"{_wall(one).strftime('%Y-%m-%d %H:%M:%S')}.{_ms(one):03}\n"
        f"[iso: 200] [shutter: 1/640.0] [fnum: 2.8] [ev: 0] {lens}[latitude: {lat}] "
        f"[longitude: {lon}] [rel_alt: {one.height_takeoff_m:.3f} "
        f"abs_alt: {one.height_ellipsoid_m:.3f}]{angles} </font>"
    )


def _document(placemarks: str) -> bytes:
    return f"{_XML}{_KML}<Document>{placemarks}</Document></kml>\n".encode()


def _zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _place(one: Sample, decimals: int) -> tuple[str, str]:
    """Latitude and longitude as such devices write them: 0 without a fix."""
    lat_deg, lon_deg = (one.lat_deg, one.lon_deg) if one.has_fix else (0.0, 0.0)
    return f"{lat_deg:.{decimals}f}", f"{lon_deg:.{decimals}f}"


def _lon_lat(one: Sample, separator: str) -> str:
    lat, lon = _place(one, 9)
    return separator.join((lon, lat, f"{one.height_msl_m:.3f}"))


def _wall(one: Sample) -> datetime:
    return datetime.fromtimestamp(_whole_ms(one) // 1000 + ZONE_S, UTC)


def _iso(one: Sample) -> str:
    clock = datetime.fromtimestamp(_whole_ms(one) // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{clock}.{_ms(one):03}Z"


def _ms(one: Sample) -> int:
    return _whole_ms(one) % 1000


def _whole_ms(one: Sample) -> int:
    return round(one.t_s * 1000)


def _span(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def _signed(angle_deg: float) -> float:
    return (angle_deg + 180.0) % 360.0 - 180.0


WRITERS: dict[str, Callable[[Sequence[Sample]], bytes]] = {
    "dji_srt_mavic_pro.SRT": mavic_pro,
    "dji_srt_mavic_mini.SRT": mavic_mini,
    "dji_srt_air2s.SRT": air2s,
    "dji_srt_mavic3.SRT": mavic3,
    "dji_srt_enterprise.SRT": enterprise,
    "airdata.gpx": gpx,
    "airdata.kml": kml_line,
    "google_earth.kml": kml_track,
    "google_earth.kmz": kmz,
    "waylines.wpml": wpml,
    "mission.kmz": mission_kmz,
}
