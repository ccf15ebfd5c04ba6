"""10,000 units and four departments: how long the joint plan takes, and what it saves.

    python -m bench.joint_plan [units] [units that OR-tools solves too] [share that is alone]

The second figure needs `pip install ortools`, which Plumeline does not: CP-SAT, with a fixed seed
and one worker, is given the same entries and must find the same number of visits for each unit, or
that not all of them can be placed.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from datetime import date

from casework.joint_plan import Entry, JointRules, join_plans, on_weekdays
from plumeline.joint_plan_files import entries_of
from tools.make_plans import rows


def entries(units: int, alone: float) -> list[Entry]:
    """The made plans, read as their table is."""
    made = list(rows(units, seed=1, alone=alone))
    lines = [",".join(made[0]), *(",".join(row.values()) for row in made)]
    return entries_of("\n".join(lines))


def by_cp_sat(own: list[Entry], rules: JointRules) -> int | None:
    """The fewest visits to one unit by OR-tools; None where not every entry can be placed."""
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
            own_department = departments.index(one.department)
            model.add_implication(places[k], comes[k][own_department])
            for other in range(len(departments) if one.alone else 0):
                if other != own_department:
                    model.add_implication(places[k], ~comes[k][other])
    for k in slots:
        model.add(sum(comes[k]) <= rules.max_departments)
        if k:
            model.add_implication(used[k], used[k - 1])
            model.add(day[k] >= day[k - 1] + rules.merge_window_days).only_enforce_if(used[k])
    model.minimize(sum(used))
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = 1
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    assert status in {cp_model.OPTIMAL, cp_model.INFEASIBLE}
    return round(solver.objective_value) if status == cp_model.OPTIMAL else None


def main(units: int = 10_000, compared: int = 0, alone: float = 0.0) -> None:
    """Print both."""
    made = entries(units, alone)
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
        left_out = {one.entry.unit for one in plan.unplaced}
        same = sum(found[unit] == (None if unit in left_out else ours[unit]) for unit in chosen)
        print(f"CP-SAT: the same for {same} of {compared} units, {took_s:.1f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *map(float, sys.argv[3:4]))
