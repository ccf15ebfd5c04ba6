"""The web application: the page, the API, and the rules every answer keeps."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.trouble import Trouble
from plumeline.districts import NO_DISTRICTS, Districts
from plumeline.web.answers import Complaint
from plumeline.web.api import as_json, event_routes, incident_routes, record_routes
from plumeline.web.bell import Bell
from plumeline.web.chart import Chart, chart_routes
from plumeline.web.desk import Desk
from plumeline.web.may import ANYBODY, SIGNED_IN, Door, Gate, may
from plumeline.web.pages import STATIC, page_routes
from plumeline.web.projection import Incidents
from plumeline.web.refusals import MISASKED, Refused, UploadRefused, reason_of
from plumeline.web.seams import Record, Station
from plumeline.web.sessions import me_routes
from plumeline.web.uploads import upload_routes
from plumeline.web.viewing import Footage, viewing_routes

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def all_well() -> list[Trouble]:
    """No complaints."""
    return []


def no_more(_incidents: Incidents) -> Sequence[APIRouter]:
    """No routes."""
    return ()


def create_app(
    record: Record,
    bell: Bell,
    *,
    station: Station,
    now_s: Callable[[], float],
    door: Door,
    districts: Districts = NO_DISTRICTS,
    health: Callable[[], list[Trouble]] = all_well,
    desk: Desk | None = None,
    chart: Chart | None = None,
    footage: Callable[[Incidents], Footage] | None = None,
    more: Callable[[Incidents], Sequence[APIRouter]] = no_more,
) -> FastAPI:
    """The application over one record; without a desk it takes no files.

    Each route declares who may use it (`plumeline.web.may`); ``door`` knows who is in.
    Serve it with `plumeline.web.server.Server`, which ends the open streams at shutdown.
    ``footage`` makes what asks why somebody looks; without it nobody is asked.
    ``health`` is called from worker threads and lists what is wrong. ``more`` makes the routes
    that a record alone cannot serve, such as those of `plumeline.web.acts`.
    """
    app = FastAPI(
        title="Plumeline",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(Gate(door))],
    )
    incidents = Incidents(record, districts)
    app.include_router(incident_routes(record, incidents, now_s))
    app.include_router(event_routes(record, bell, incidents, now_s))
    if footage is None:
        app.include_router(record_routes(record, incidents, station, health))
    else:
        register = footage(incidents)
        app.include_router(record_routes(record, incidents, station, health, register.open))
        app.include_router(viewing_routes(register))
    app.include_router(me_routes())
    for router in more(incidents):
        app.include_router(router)
    if desk is not None:
        app.include_router(upload_routes(desk, districts))
    app.include_router(chart_routes(chart or Chart(), districts))
    app.include_router(page_routes())
    _serve_files(app)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _because)
    app.add_exception_handler(UploadRefused, _not_taken)
    app.add_exception_handler(RequestValidationError, _misasked)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(SecurityHeaders)
    return app


class SecurityHeaders:
    """ASGI middleware that touches nothing but the head of an answer, so streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _serve_files(app: FastAPI) -> None:
    # A browser refuses a module of the wrong type, and some machines' tables have one.
    for ending in (".js", ".mjs"):
        mimetypes.add_type("text/javascript", ending)
    files = StaticFiles(directory=STATIC)

    @app.get("/static/{path:path}", include_in_schema=False)
    @may(ANYBODY)
    async def static(request: Request, path: str) -> Response:
        return await files.get_response(path, request.scope)

    @app.get("/openapi.json", include_in_schema=False)
    @may(SIGNED_IN, scoped=True)
    def openapi() -> Response:
        return JSONResponse(app.openapi())


def _complaint(error: str, exc: BaseException | None) -> Complaint:
    code, facts = reason_of(exc)
    return Complaint(error=error, code=code, facts=facts)


def _refused(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refused)
    return as_json(_complaint(str(exc), exc), exc.status)


def _because(_request: Request, exc: Exception) -> Response:
    """An answer that another part's refusal was the cause of."""
    assert isinstance(exc, HTTPException)
    answer = as_json(_complaint(str(exc.detail), exc.__cause__), exc.status_code)
    answer.headers.update(exc.headers or {})
    return answer


def _not_taken(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, UploadRefused)
    answer = as_json(_complaint(str(exc), exc), exc.status)
    if exc.offset is not None:
        answer.headers["Upload-Offset"] = str(exc.offset)
    return answer


def _misasked(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    reasons = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()]
    where = ", ".join(str(one["loc"][-1]) for one in exc.errors())
    return as_json(
        Complaint(error="; ".join(reasons), code=MISASKED, facts={"where": where}),
        HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _failed(_request: Request, _exc: Exception) -> Response:
    complaint = Complaint(error="internal error", code="InternalError")
    answer = as_json(complaint, HTTPStatus.INTERNAL_SERVER_ERROR)
    answer.headers.update(SECURITY_HEADERS)  # this one is made outside of the middleware
    return answer
