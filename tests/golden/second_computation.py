"""The figures once more, in another way: from HR's files and the exported evidence alone, with pandas.

Nothing of the product is imported here. Days are ISO texts, which compare as days; half open intervals end at `after`.
What is left out of the export (unresolved actors, reversed rows) is left out of the figures.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

import pandas as pd

STRENGTHS = ("self-asserted", "attended", "completed", "assessed", "verified", "certified")
EVER = "9999-12-31"
LEAST = "completed"


@dataclass(frozen=True, slots=True)
class Inputs:
    """HR's tables and the evidence, as texts stand in the files."""

    teams: pd.DataFrame
    people: pd.DataFrame
    memberships: pd.DataFrame
    assignments: pd.DataFrame
    exemptions: pd.DataFrame
    requirements: pd.DataFrame
    crosswalk: pd.DataFrame
    evidence: pd.DataFrame


def read_inputs(files: Mapping[str, str], evidence: Iterable[bytes]) -> Inputs:
    """Read the files and the lines of `evidence export`."""

    def table(name: str) -> pd.DataFrame:
        return pd.read_csv(io.StringIO(files[f"{name}.csv"]), dtype=str, keep_default_na=False)

    rows = pd.DataFrame([json.loads(line) for line in evidence])
    rows["after"] = rows["ended_on"].fillna(EVER)
    rows["rank"] = rows["strength"].map(STRENGTHS.index)
    # A confirmation states itself and has no rule; a later one supersedes earlier ones.
    rows["by_person"] = rows["rule_id"].isna() & (rows["strength"] == "verified")
    crosswalk = table("crosswalk")
    people = table("people")
    return Inputs(
        table("teams"),
        people,
        _placed(people, table("memberships"), "team_id"),
        _placed(people, table("assignments"), "role_id"),
        table("exemptions"),
        table("requirements"),
        crosswalk,
        pd.concat([rows, _carried(rows, crosswalk)], ignore_index=True),
    )


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day else EVER


def _placed(people: pd.DataFrame, listed: pd.DataFrame, target: str) -> pd.DataFrame:
    """Who is where from when: the dated file for those it lists, people.csv for the others."""
    own = people[~people["person_id"].isin(set(listed["person_id"]))].copy()
    own["target"] = own["team_id"] if target == "team_id" else own["role_ids"].str.split(";")
    own = own.explode("target")
    own = own[own["target"].fillna("") != ""]
    placed = pd.DataFrame(
        {
            "person_id": own["person_id"],
            "target": own["target"],
            "kind": "main",
            "begin": own["start_date"],
            "after": own["end_date"].map(_next),
        }
    )
    dated = pd.DataFrame(
        {
            "person_id": listed["person_id"],
            "target": listed[target],
            "kind": listed["kind"],
            "begin": listed["valid_from"],
            "after": listed["valid_to"].map(_next),
        }
    )
    return pd.concat([placed, dated], ignore_index=True)


def _carried(rows: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """What exact matches carry to other skills; close ones carry nothing that counts."""
    exact = crosswalk[crosswalk["relation"] == "exactMatch"]
    found = rows.merge(exact, left_on="skill_iri", right_on="source_iri")
    if found.empty:
        return rows.iloc[:0]

    def level(row: Any) -> int:
        table = dict(part.split("=") for part in row["levels"].split(";") if part)
        return int(table.get(str(row["level"]), 0)) if table else int(row["level"])

    found["level"] = found.apply(level, axis=1)
    found["skill_iri"] = found["target_iri"]
    carried: pd.DataFrame = found.loc[found["level"] > 0, rows.columns]
    return carried


@dataclass(frozen=True, slots=True)
class Day:
    """All of one as-of day that every team's figures are made of."""

    inputs: Inputs
    day: str
    parents: dict[str, str]
    members: pd.DataFrame  # person_id, team_id
    active: set[str]
    pairs: pd.DataFrame  # person_id, skill_iri, required, status
    rows: pd.DataFrame  # person_id, skill_iri, level, rank, importance

    def below(self, team_id: str) -> set[str]:
        """A team and all below it."""
        found = {team_id}
        while True:
            more = {team for team, parent in self.parents.items() if parent in found} - found
            if not more:
                return found
            found |= more


def day_of(inputs: Inputs, day: date) -> Day:
    """Work out a day."""
    text = day.isoformat()
    parents = _parents(inputs.teams, text)
    members = _holding(inputs.memberships, text)[["person_id", "target"]].drop_duplicates()
    members = members.rename(columns={"target": "team_id"})
    rows = _bound(inputs, text)
    leave = inputs.people[~inputs.people["x_leave"].str.lower().isin(["", "0", "no", "false"])]
    return Day(
        inputs,
        text,
        parents,
        members,
        set(members["person_id"]) - set(leave["person_id"]),
        _pairs(rows, inputs.evidence, text),
        rows,
    )


def _holding(table: pd.DataFrame, day: str) -> pd.DataFrame:
    found: pd.DataFrame = table[(table["begin"] <= day) & (day < table["after"])]
    return found


def _parents(teams: pd.DataFrame, day: str) -> dict[str, str]:
    begun = teams[teams["valid_from"] <= day].sort_values("valid_from", kind="stable")
    latest = begun.drop_duplicates("team_id", keep="last")
    return dict(zip(latest["team_id"], latest["parent_team_id"], strict=True))


def _line(team_id: str, parents: Mapping[str, str]) -> list[str]:
    line = []
    while team_id:
        line.append(team_id)
        team_id = parents.get(team_id, "")
    return line


def _bound(inputs: Inputs, day: str) -> pd.DataFrame:
    """The rows that bind each person on the day, exemptions taken out, with the day on which each is due."""
    asked = inputs.requirements
    asked = asked[
        (asked["headcount"] == "")
        & (asked["importance"] != "desirable")
        & (asked["valid_from"] <= day)
        & (day < asked["valid_to"].map(_next))
    ].copy()
    scopes = pd.DataFrame(sorted(_scopes(inputs, day)), columns=["person_id", "scope", "scope_id"])
    begun = _begun(inputs, scopes, day)
    rows = scopes.merge(asked, on=["scope", "scope_id"])
    exempt = inputs.exemptions
    exempt = exempt[(exempt["valid_from"] <= day) & (day < exempt["valid_to"].map(_next))]
    skills = set(zip(exempt["person_id"], exempt["skill_iri"], strict=True))
    exempt_roles = set(zip(exempt["person_id"], exempt["role_id"], strict=True))
    lifted = [
        (row.person_id, row.skill_iri) in skills
        or (row.scope == "role" and (row.person_id, row.scope_id) in exempt_roles)
        for row in rows.itertuples()
    ]
    rows = rows[[not is_lifted for is_lifted in lifted]].copy()
    rows["level"] = rows["level"].astype(int)
    rows["rank"] = rows["min_strength"].replace("", LEAST).map(STRENGTHS.index)
    rows["due"] = [_due(row, begun) for row in rows.itertuples()]
    return rows


def _due(asked: Any, begun: Mapping[tuple[str, str, str], str]) -> str:
    """The time granted, from the later of the row's first day and the day from which it binds the person."""
    if not asked.due_within:
        return ""
    assert asked.due_within.strip("PD").isdigit(), "the demo grants days"
    first = max(asked.valid_from, begun[asked.person_id, asked.scope, asked.scope_id])
    return (date.fromisoformat(first) + timedelta(days=int(asked.due_within[1:-1]))).isoformat()


def _begun(inputs: Inputs, scopes: pd.DataFrame, day: str) -> dict[tuple[str, str, str], str]:
    """Per person and scope, the first day of the unbroken time up to `day`, found by walking back day by day.

    Who is in which scope can change only on the days that the files name; between them the walk takes long steps.
    """
    turns = {*inputs.teams["valid_from"], *inputs.memberships["begin"], *inputs.memberships["after"]}
    turns |= {*inputs.assignments["begin"], *inputs.assignments["after"]}
    wanted = set(zip(scopes["person_id"], scopes["scope"], scopes["scope_id"], strict=True))
    begun = dict.fromkeys(wanted, day)
    going = set(wanted)
    for turn in sorted({turn for turn in turns if "" < turn <= day} | {day}, reverse=True):
        going &= _scopes(inputs, turn)
        for key in going:
            begun[key] = turn
        going &= _scopes(inputs, (date.fromisoformat(turn) - timedelta(days=1)).isoformat())
    return begun


def _scopes(inputs: Inputs, day: str) -> set[tuple[str, str, str]]:
    """Every (person, kind of scope, scope) that binds on a day."""
    parents = _parents(inputs.teams, day)
    here = _holding(inputs.memberships, day)
    roles = _holding(inputs.assignments[inputs.assignments["kind"] != "target"], day)
    return {
        *(
            (person_id, "team", scope)
            for person_id, team in zip(here["person_id"], here["target"], strict=True)
            for scope in _line(team, parents)
        ),
        *(
            (person_id, "role", role)
            for person_id, role in zip(roles["person_id"], roles["target"], strict=True)
        ),
    }


def _standing(evidence: pd.DataFrame, day: str, known_until: str) -> pd.DataFrame:
    """The facts that hold on the day, of those achieved by `known_until`, without superseded confirmations."""
    reached = evidence[evidence["achieved_on"] <= known_until]
    judged = reached[reached["by_person"]]
    latest = judged.groupby(["person_id", "skill_iri"])["achieved_on"].max().rename("latest").reset_index()
    joined = reached.merge(latest, on=["person_id", "skill_iri"], how="left")
    kept: pd.DataFrame = joined[
        (joined["achieved_on"] <= day)
        & (day < joined["after"])
        & (~joined["by_person"] | (joined["achieved_on"] == joined["latest"]))
    ]
    return kept


def _met(rows: pd.DataFrame, standing: pd.DataFrame) -> pd.Series:
    """Tell of each row whether a fact of the person has its level and strength."""
    facts = standing[["person_id", "skill_iri", "level", "rank"]]
    pairs = rows.reset_index().merge(facts, on=["person_id", "skill_iri"], suffixes=("", "_held"))
    good = pairs[(pairs["level_held"] >= pairs["level"]) & (pairs["rank_held"] >= pairs["rank"])]
    return rows.index.to_series().isin(set(good["index"]))


def _pairs(rows: pd.DataFrame, evidence: pd.DataFrame, day: str) -> pd.DataFrame:
    judged = rows.assign(is_met=_met(rows, _standing(evidence, day, day)))
    judged["is_open"] = ~judged["is_met"] & (judged["due"] > day)
    judged["is_unmet"] = ~judged["is_met"] & ~judged["is_open"]
    for days in (30, 60, 90):
        later = (date.fromisoformat(day) + timedelta(days=days)).isoformat()
        judged[f"later_{days}"] = _met(rows, _standing(evidence, later, day))
    grouped = judged.groupby(["person_id", "skill_iri"])
    pairs = grouped.agg(
        required=("level", "max"),
        all_met=("is_met", "all"),
        any_late=("is_unmet", "any"),
        later_30=("later_30", "all"),
        later_60=("later_60", "all"),
        later_90=("later_90", "all"),
    ).reset_index()
    pairs["status"] = "open"
    pairs.loc[pairs["any_late"], "status"] = "unmet"
    pairs.loc[pairs["all_met"], "status"] = "met"
    mandatory = judged[judged["importance"] == "mandatory"].groupby(["person_id", "skill_iri"])
    strict = mandatory.agg(strict_met=("is_met", "all"), strict_late=("is_unmet", "any")).reset_index()
    return pairs.merge(strict, on=["person_id", "skill_iri"], how="left")


def figures(day: Day, team_id: str, *, tree: bool) -> dict[str, Any]:
    """A team's figures in the shape that `in_common` takes from a JSON report."""
    teams = day.below(team_id) if tree else {team_id}
    members = set(day.members.loc[day.members["team_id"].isin(teams), "person_id"])
    pairs = day.pairs[day.pairs["person_id"].isin(members)]
    counted = pairs[pairs["status"] != "open"]
    strict = pairs[pairs["strict_met"].notna()]
    strict_met, strict_late = strict["strict_met"].astype(bool), strict["strict_late"].astype(bool)
    counts = _headcounts(day, teams)
    own = {count["skill_iri"]: count for count in counts if count["team_id"] == team_id and count["counts"]}
    return {
        "members": sorted(members),
        "compliance": (int((counted["status"] == "met").sum()), len(counted)),
        "mandatory": (int(strict_met.sum()), int((strict_met | strict_late).sum())),
        "at_risk": _at_risk(counted),
        "pairs": {
            (row.person_id, row.skill_iri): (row.status, int(row.required)) for row in pairs.itertuples()
        },
        "skills": {
            skill: _skill(day, skill, members, pairs, counts, own.get(skill))
            for skill in {*pairs["skill_iri"], *own}
        },
        "headcounts": {
            (count["team_id"], count["skill_iri"], count["level"]): (count["needed"], count["holders"])
            for count in counts
        },
    }


def _at_risk(counted: pd.DataFrame) -> tuple[float | None, ...]:
    if counted.empty:
        return (None, None, None)
    met = counted["status"] == "met"
    return tuple(float((met & counted[f"later_{days}"]).sum() / len(counted)) for days in (30, 60, 90))


def _holders(day: Day, people: set[str], skill: str, level: int, rank: int, on: str) -> set[str]:
    facts = _standing(day.inputs.evidence[day.inputs.evidence["skill_iri"] == skill], on, day.day)
    good = facts[(facts["level"] >= level) & (facts["rank"] >= rank)]
    return people & set(good["person_id"])


def _headcounts(day: Day, teams: set[str]) -> list[dict[str, Any]]:
    asked = day.inputs.requirements
    asked = asked[(asked["headcount"] != "") & asked["scope_id"].isin(teams)]
    found = []
    for row in asked.itertuples():
        inside = day.members[day.members["team_id"].isin(day.below(row.scope_id))]
        active = set(inside["person_id"]) & day.active
        needed = (
            ceil(len(active) * int(row.headcount[:-1]) / 100)
            if row.headcount.endswith("%")
            else int(row.headcount)
        )
        rank = STRENGTHS.index(row.min_strength or LEAST)
        found.append(
            {
                "team_id": row.scope_id,
                "skill_iri": row.skill_iri,
                "level": int(row.level),
                "rank": rank,
                "needed": needed,
                "active": active,
                "holders": len(_holders(day, active, row.skill_iri, int(row.level), rank, day.day)),
                "counts": row.importance != "desirable",
            }
        )
    return found


def _skill(
    day: Day,
    skill: str,
    members: set[str],
    pairs: pd.DataFrame,
    counts: list[dict[str, Any]],
    own: dict[str, Any] | None,
) -> dict[str, Any]:
    mine = pairs[pairs["skill_iri"] == skill]
    if mine.empty:
        assert own is not None
        ahead = [(date.fromisoformat(day.day) + timedelta(days=days)).isoformat() for days in (30, 60, 90)]
        lasting = _holders(day, own["active"], skill, own["level"], own["rank"], day.day)
        left = [
            len(lasting & _holders(day, own["active"], skill, own["level"], own["rank"], on)) for on in ahead
        ]
        return {
            "required_level": own["level"],
            "pairs": (min(own["holders"], own["needed"]), own["needed"]),
            "holders": own["holders"],
            "at_risk": tuple(min(1.0, count / own["needed"]) if own["needed"] else None for count in left),
        }
    bound = day.rows[(day.rows["skill_iri"] == skill) & day.rows["person_id"].isin(members)]
    asked = list(zip(bound["level"].astype(int), bound["rank"], strict=True))
    asked += [
        (count["level"], count["rank"]) for count in counts if count["skill_iri"] == skill and count["counts"]
    ]
    level, rank = max(asked)
    counted = mine[mine["status"] != "open"]
    return {
        "required_level": level,
        "pairs": (int((counted["status"] == "met").sum()), len(counted)),
        "holders": len(_holders(day, members & day.active, skill, level, rank, day.day)),
        "at_risk": _at_risk(counted),
    }


def in_common(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same figures from a JSON report."""
    return {
        "members": sorted(person["person_id"] for person in data["people"]),
        "compliance": (data["compliance"]["met"], data["compliance"]["required"]),
        "mandatory": (data["mandatory"]["met"], data["mandatory"]["required"]),
        "at_risk": tuple(data["at_risk"][days] for days in ("30", "60", "90")),
        "pairs": {
            (person["person_id"], cell["skill_iri"]): (cell["status"], cell["required"])
            for person in data["people"]
            for cell in person["cells"]
            if cell["status"] in ("met", "unmet", "open")
        },
        "skills": {
            skill["skill_iri"]: {
                "required_level": skill["required_level"],
                "pairs": (skill["met"], skill["needed"]),
                "holders": skill["holders"],
                "at_risk": tuple(skill["at_risk"][days] for days in ("30", "60", "90")),
            }
            for skill in data["skills"]
            if skill["required_level"] is not None
        },
        "headcounts": {
            (count["team_id"], skill["skill_iri"], count["level"]): (count["needed"], count["holders"])
            for skill in data["skills"]
            for count in skill["headcounts"]
        },
    }
