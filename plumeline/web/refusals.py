"""Why an upload is not taken as it came: each with its HTTP status, and where to go on from."""

from __future__ import annotations

from http import HTTPStatus


class UploadRefused(Exception):
    """Base of everything the upload routes refuse."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, reason: str, *, offset: int | None = None) -> None:
        super().__init__(reason)
        self.offset = offset
        """Bytes that are safe on the server, where that helps to go on."""


class NoSuchUpload(UploadRefused):
    """It never was, it was abandoned, or it was swept away."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"no upload {upload_id}: begin again with POST /api/uploads")


class WrongOffset(UploadRefused):
    """The bytes do not begin where the file ends."""

    status = HTTPStatus.CONFLICT

    def __init__(self, *, asked: int, offset: int) -> None:
        super().__init__(f"go on from byte {offset}, not {asked}", offset=offset)


class NotWhole(UploadRefused):
    """Finished too early."""

    status = HTTPStatus.CONFLICT

    def __init__(self, offset: int, size_bytes: int) -> None:
        super().__init__(f"{offset} of {size_bytes} bytes are here: send the rest", offset=offset)


class UploadOver(UploadRefused):
    """More bytes for a file that is whole."""

    status = HTTPStatus.CONFLICT

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"upload {upload_id} is whole: nothing more is taken")


class TooLarge(UploadRefused):
    """A file, or a part of it, beyond what is taken."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"more than the {limit_bytes} bytes that are taken here")


class TooManyUploads(UploadRefused):
    """Too many files are arriving at the same time."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} uploads are open already: finish or abandon one, then try again")


class BadSum(UploadRefused):
    """The file is not the one that was sent."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, *, claimed: str, found: str) -> None:
        super().__init__(
            f"the bytes that came have the sha256 {found}, not {claimed}: nothing was kept, "
            "send the file again"
        )


class DiskFull(UploadRefused):
    """No room for it. What had room is kept."""

    status = HTTPStatus.INSUFFICIENT_STORAGE

    def __init__(self, offset: int | None) -> None:
        super().__init__(
            "the station's disk is too full: make room there, then go on", offset=offset
        )
