"""10,000 units and four departments: how long the joint plan takes, and what it saves.

    python -m bench.joint_plan [units] [units that OR-tools solves too]

The second figure needs `pip install ortools`, which Plumeline does not: CP-SAT, with a fixed seed
and one worker, is given the same entries and must find the same number of visits for each unit.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from datetime import date

from casework.joint_plan import Entry, JointRules, join_plans, on_weekdays
from tools.make_plans import rows


def entries(units: int) -> list[Entry]:
    """The made plans."""
    return [
        Entry(
            unit=row["unit"],
            department=row["department"],
            items=tuple(row["items"].split(";")),
            first=date.fromisoformat(row["first"]),
            last=date.fromisoformat(row["last"]),
            lead=bool(row["lead"]),
        )
        for row in rows(units, seed=1)
    ]


def by_cp_sat(own: list[Entry], rules: JointRules) -> int:
    """The fewest visits to one unit by OR-tools; every entry must be placed."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    slots = range(len(own))
    first, last = min(e.first for e in own), max(e.last for e in own)
    open_days = [
        d for d in range(first.toordinal(), last.toordinal() + 1)
        if on_weekdays(date.fromordinal(d))
    ]  # fmt: skip
    domain = cp_model.Domain.from_values(open_days)
    used = [model.new_bool_var("") for _ in slots]
    day = [model.new_int_var_from_domain(domain, "") for _ in slots]
    inside = [[model.new_bool_var("") for _ in slots] for _ in own]
    departments = sorted({e.department for e in own})
    comes = [[model.new_bool_var("") for _ in departments] for _ in slots]
    for one, places in zip(own, inside, strict=True):
        model.add_exactly_one(places)
        for k in slots:
            model.add(day[k] >= one.first.toordinal()).only_enforce_if(places[k])
            model.add(day[k] <= one.last.toordinal()).only_enforce_if(places[k])
            model.add_implication(places[k], used[k])
            model.add_implication(places[k], comes[k][departments.index(one.department)])
    for k in slots:
        model.add(sum(comes[k]) <= rules.max_departments)
        if k:
            model.add_implication(used[k], used[k - 1])
            model.add(day[k] >= day[k - 1] + rules.merge_window_days).only_enforce_if(used[k])
    model.minimize(sum(used))
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = 1
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def main(units: int, compared: int) -> None:
    """Print both."""
    made = entries(units)
    started_s = time.process_time()
    plan = join_plans(made)
    took_s = time.process_time() - started_s
    load = Counter(visit.day for visit in plan.visits)
    print(
        f"{units} units, {plan.planned} entries: {len(plan.visits)} visits, {plan.saved} saved"
        f" ({plan.saved_share:.1%}), {len(plan.unplaced)} unplaced, {took_s:.1f} s of CPU;"
        f" {min(load.values())} to {max(load.values())} visits a day"
    )
    if compared:
        by_unit: dict[str, list[Entry]] = defaultdict(list)
        for one in made:
            by_unit[one.unit].append(one)
        ours = Counter(visit.unit for visit in plan.visits)
        started_s = time.process_time()
        chosen = sorted(by_unit)[:compared]
        found = {unit: by_cp_sat(by_unit[unit], plan.rules) for unit in chosen}
        took_s = time.process_time() - started_s
        same = sum(found[unit] == ours[unit] for unit in chosen)
        print(f"CP-SAT: the same number of visits for {same} of {compared} units, {took_s:.1f} s")


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("10000", "0")[len(sys.argv) - 1 :]]))
