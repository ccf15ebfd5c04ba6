"""The character encodings of Chinese offices: said by the file or the user, else found out."""

from __future__ import annotations

import codecs

from geo.errors import BadPremises

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDEST = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "hz": "gb18030"}
_TEXT_CODES = ("utf-8", "utf-16-le", "utf-16-be", "utf-16", "gb18030", "big5", "ascii", "cp1252")


def codec_of(name: str, source: str) -> str:
    """The codec of a name such as ``GBK``, ``936`` or ``UTF-8``; GBK is read as GB18030.

    Raises:
        BadPremises: it is none that registers are written in.
    """
    said = name.strip().removeprefix("ANSI ").removeprefix("ansi ")
    said = {"65001": "utf-8", "936": "gbk", "54936": "gb18030"}.get(said, said)
    try:
        codec = codecs.lookup(said).name
    except (LookupError, ValueError) as exc:
        raise BadPremises(source, None, f"unknown encoding {name!r}") from exc
    codec = _WIDEST.get(codec, codec)
    if codec not in _TEXT_CODES:
        raise BadPremises(source, None, f"encoding {name!r} is not one of {', '.join(_TEXT_CODES)}")
    return codec


def found_codec(data: bytes, source: str) -> str:
    """UTF-8 if these bytes are that, else GB18030.

    Hardly any Chinese GB18030 text of a few words is valid UTF-8 by chance.

    Raises:
        BadPremises: they are neither.
    """
    for codec in ("utf-8", "gb18030"):
        try:
            data.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    raise BadPremises(source, None, "the text is neither UTF-8 nor GB18030: say its encoding")


def decoded(data: bytes, encoding: str | None, source: str) -> tuple[str, str]:
    """A text, and its encoding with how it was found out.

    Raises:
        BadPremises: the bytes are not of that encoding; says at which.
    """
    mark = next(((m, codec) for m, codec in _MARKS if data.startswith(m)), None)
    if encoding is not None:
        codec, label = codec_of(encoding, source), f"{encoding} (as told)"
    elif mark is not None:
        codec, label = mark[1], f"{mark[1]} (byte order mark)"
    else:
        codec = found_codec(data, source)
        label = f"{codec} (found out)"
    body = data[len(mark[0]) :] if mark is not None and mark[1].startswith(codec) else data
    try:
        return body.decode(codec), label
    except UnicodeDecodeError as exc:
        raise BadPremises(source, None, f"byte {exc.start} is not {codec}") from exc
