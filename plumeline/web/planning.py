"""The routes that plan a year: staffing as one types, and the joint plan of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from casework.days import day_of
from casework.joint_plan import CannotJoin, JointPlan, JointRules, JointVisit, Unplaced, join_plans
from casework.staffing import StaffingInput, staffing
from casework.workdays import Workdays
from plumeline.joint_plan_files import BadTable, as_table, entries_of
from plumeline.tables import CSV_TYPE
from plumeline.web.api import as_json
from plumeline.web.asking import asked, whole
from plumeline.web.may import READERS, may
from plumeline.web.refusals import AskWhy, Refused

TABLE_BYTES = 16 * 2**20
"""Some 150,000 lines."""
SHOWN = 200
"""Visits of an answer for the page; the file has all."""

RULES = JointRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A joint plan as the page shows it."""

    rules: JointRules
    known_until: date
    """The last day of which a notice says whether it is worked."""
    planned: int
    visits: int
    saved: int
    saved_share: float
    by_department: Mapping[str, int]
    unplaced: int
    last_day: date | None
    """Of the last visit."""
    first_visits: Sequence[JointVisit]
    first_unplaced: Sequence[Unplaced]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a joint visit must keep, as the address says."""

    max_departments: Annotated[int, Query(ge=1, le=20)] = RULES.max_departments
    merge_window_days: Annotated[int, Query(ge=1, le=366)] = RULES.merge_window_days


def planning_routes(calendar: Workdays, *, now_s: Callable[[], float]) -> APIRouter:
    """Nothing is kept: each answer follows from its question and the calendar alone."""
    router = APIRouter(prefix="/api")

    async def plan(request: Request, rules: Rules) -> JointPlan:
        return await _plan(request, rules, calendar)

    @router.post("/staffing")
    @may(READERS, scoped=True)
    async def people(request: Request) -> Response:
        return as_json(staffing(await asked(request, StaffingInput)))

    @router.post("/joint-plan")
    @may(READERS, scoped=True)
    async def joined(request: Request, rules: Annotated[Rules, Depends(Rules)]) -> Response:
        known_until = calendar.known_until(day_of(now_s()))
        return as_json(_summary(await plan(request, rules), known_until))

    @router.post("/joint-plan.csv")
    @may(READERS, scoped=True)
    async def table(request: Request, rules: Annotated[Rules, Depends(Rules)]) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="visits.csv"'}
        return Response(as_table(await plan(request, rules)), headers=headers, media_type=CSV_TYPE)

    return router


async def _plan(request: Request, rules: Rules, calendar: Workdays) -> JointPlan:
    """Raises Refused, HTTPException: too large, or no such table."""
    body = await whole(request, TABLE_BYTES)
    try:
        return await run_in_threadpool(_joined, body, rules, calendar)
    except UnicodeDecodeError as exc:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, AskWhy.NO_UTF8) from exc
    except (BadTable, CannotJoin) as exc:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc)) from exc


def _joined(body: bytes, rules: Rules, calendar: Workdays) -> JointPlan:
    kept = JointRules(
        max_departments=rules.max_departments, merge_window_days=rules.merge_window_days
    )
    return join_plans(entries_of(body.decode("utf-8-sig")), kept, calendar.is_workday)


def _summary(plan: JointPlan, known_until: date) -> PlanSummary:
    return PlanSummary(
        rules=plan.rules,
        known_until=known_until,
        planned=plan.planned,
        visits=len(plan.visits),
        saved=plan.saved,
        saved_share=plan.saved_share,
        by_department=plan.by_department,
        unplaced=len(plan.unplaced),
        last_day=plan.visits[-1].day if plan.visits else None,
        first_visits=plan.visits[:SHOWN],
        first_unplaced=plan.unplaced[:SHOWN],
    )
