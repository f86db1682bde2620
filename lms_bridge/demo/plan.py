"""Who attains what on which day: the one plan from which statements and certificates are rendered.

Goes in: a timeline and the draws of a seed. Comes out: a `Plan` of learning that proves something, attempts that prove
nothing, and paper. Cases that a reader of the demo is told about stand in `cases.py`; the rest is drawn by the table
of `quotas.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lms_bridge.demo import cases
from lms_bridge.demo.cast import BY_HANDLE, TEAMS, Person, members
from lms_bridge.demo.courses import COURSE_BY_KEY
from lms_bridge.demo.draws import Draws
from lms_bridge.demo.quotas import AUDIENCE, PAPERS, QUOTAS, PaperKind
from lms_bridge.demo.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Learned:
    """A person finishes the course `key` on `day`; `score` is a share 0..1, None where the sender gives none."""

    person: Person
    key: str
    day: date
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A confirmation on paper, one line of certificates.csv; `last_valid_day` None does not run out."""

    person: Person
    kind: PaperKind
    level: int
    achieved_on: date
    last_valid_day: date | None
    reference: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that happens, in no particular order."""

    learned: tuple[Learned, ...]
    failed: tuple[Learned, ...]
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    first: str
    last: str


# Yearly instructions: a plain one holds for more than 90 days from today, a soon one ends within them, a lapsed one has
# run out. Everything else is spread over the history, growing denser towards today.
_YEARLY = frozenset({"m-01", "m-02", "m-11", "c-01", "c-02"})
# Only these can be renewed before they end: a repeat of the others changes nothing while the first one holds.
_RENEWABLE = frozenset({"m-01", "m-02", "m-11"})
_FRESH = _Window("2025-10-12", "2026-06-12")
_SOON = _Window("2025-07-08", "2025-09-15")
_LAPSED = _Window("2025-01-08", "2025-05-20")
_HISTORY = _Window("2025-01-20", "2026-06-05")
_EARLIER_PLC = _Window("2025-02-03", "2025-12-12")


def add_years(day: date, years: int) -> date:
    """Return the same day `years` later, 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def build_plan(timeline: Timeline, draws: Draws) -> Plan:
    """Return the plan of one day and seed. The same arguments give the same plan."""
    learned = [
        Learned(BY_HANDLE[row.handle], row.key, timeline.on(row.on), row.score) for row in cases.LEARNED
    ]
    papers = [_case_paper(row, timeline, number) for number, row in enumerate(cases.PAPERS, start=1)]
    for team in TEAMS:
        planned = tuple(_drawn(team.team_id, timeline, draws))
        learned += [item for item in planned if isinstance(item, Learned)]
        papers += [item for item in planned if isinstance(item, Paper)]
    failed = [Learned(BY_HANDLE[row.handle], row.key, timeline.on(row.on), row.score) for row in cases.FAILED]
    failed += _half_marks(tuple(learned), timeline, draws)
    return Plan(tuple(learned), tuple(failed), tuple(papers))


def _drawn(team_id: str, timeline: Timeline, draws: Draws) -> Iterator[Learned | Paper]:
    used: dict[str, int] = {}
    for item, count in QUOTAS[team_id].items():
        base, _, variant = item.removeprefix("paper:").partition(":")
        source = f"paper:{base}" if item.startswith("paper:") else base
        people = draws.shuffled(_audience(team_id, source), team_id, source)
        if source in _YEARLY:
            # Who came during the history cannot have taken last year's instruction: they get the plain item first.
            people = tuple(sorted(people, key=lambda person: person.start <= "2025-01-01"))
        taken = used.get(source, 0)
        if taken + count > len(people):
            raise ValueError(f"quota of {item} in team {team_id}: {taken + count} of {len(people)} people")
        used[source] = taken + count
        for rank, person in enumerate(people[taken : taken + count]):
            if item.startswith("paper:"):
                yield _paper(person, PAPERS[base], timeline, draws)
            else:
                yield from _learnings(person, base, variant, rank, timeline, draws)


def _audience(team_id: str, source: str) -> Sequence[Person]:
    """Return those of the team whom the item concerns and who have no case of their own in it."""
    roles = AUDIENCE[source]
    return tuple(
        person
        for person in members(team_id)
        if ("*" in roles or set(roles) & set(person.role_ids))
        and not cases.is_set_apart(person.handle, source)
    )


def _window(person: Person, key: str, variant: str) -> _Window:
    if key == "c-04":
        return _EARLIER_PLC  # the latest pass at level 3 is Sven Hartmann's, in March
    window = {"soon": _SOON, "lapsed": _LAPSED}.get(variant, _FRESH if key in _YEARLY else _HISTORY)
    if person.start > window.last:
        return _Window(person.start, "2026-06-20")
    return _Window(max(window.first, person.start), window.last)


def _learnings(
    person: Person, key: str, variant: str, rank: int, timeline: Timeline, draws: Draws
) -> Iterator[Learned]:
    window = _window(person, key, variant)
    day = draws.between(timeline.on(window.first), timeline.on(window.last), person.person_id, key)
    if key == "x-09":
        yield from _modules(person, day, timeline, draws)
        return
    score = _score(key, variant, rank, person, draws)
    yield Learned(person, key, day, score)
    # Every second one of a yearly instruction was there the year before, and renewed within its renewal window.
    earlier = day - timedelta(days=355 + draws.number(10, "renewed", person.person_id, key))
    if (
        key in _RENEWABLE
        and not variant
        and rank % 2 == 0
        and earlier >= timeline.on(max("2025-01-03", person.start))
    ):
        yield Learned(person, key, earlier, _score(key, variant, rank + 1, person, draws))


def _modules(person: Person, third: date, timeline: Timeline, draws: Draws) -> Iterator[Learned]:
    """Three of the four DevOps modules, the third on `third`; every fourth person takes all four."""
    order = draws.shuffled(("x-09a", "x-09b", "x-09c", "x-09d"), "modules", person.person_id)
    first = timeline.on("2025-01-06")
    for index, key in enumerate(order[:3]):
        yield Learned(person, key, max(first, third - timedelta(days=14 * (2 - index))))
    if draws.number(4, "fourth module", person.person_id) == 0:
        yield Learned(person, order[3], third + timedelta(days=11))


def _score(key: str, variant: str, rank: int, person: Person, draws: Draws) -> float | None:
    """Return a passing share, never exactly 0.5 or 0.75: those are counted cases."""
    course = COURSE_BY_KEY[key]
    if key == "m-05" and variant == "low":
        return (56 + draws.number(14, key, "low", person.person_id)) / 100
    if key == "m-05":
        if rank < cases.THREE_QUARTERS_PER_SHIFT:
            return 0.75
        return (77 + draws.number(22, key, person.person_id)) / 100
    if course.sends in {"quiz", "assignment", "cmi5-passed"} or key == "x-07":
        return (81 + draws.number(18, key, rank, person.person_id)) / 100
    return None


def _paper(person: Person, kind: PaperKind, timeline: Timeline, draws: Draws) -> Paper:
    first = (
        timeline.on(max("2023-02-01", person.start))
        if person.start < "2026-05-20"
        else timeline.on(person.start)
    )
    day = draws.between(first, timeline.on("2026-06-20"), person.person_id, "paper", kind.skill)
    last = add_years(day, kind.valid_years) - timedelta(days=1) if kind.valid_years else None
    return Paper(person, kind, kind.level, day, last, f"HR-{person.person_id}-{kind.skill}")


def _case_paper(row: cases.CasePaper, timeline: Timeline, number: int) -> Paper:
    last = timeline.on(row.last) if row.last else None
    kind = cases.PAPER_KINDS[row.kind]
    return Paper(
        BY_HANDLE[row.handle],
        kind,
        row.level or kind.level,
        timeline.on(row.on),
        last,
        f"{row.kind.upper()}-{number:04d}",
    )


def _half_marks(learned: Sequence[Learned], timeline: Timeline, draws: Draws) -> Iterator[Learned]:
    """Attempts at exactly half marks where 0.7 and more is asked: some before a pass, some never followed by one."""
    for team_id, key, count in cases.HALF_MARKS:
        people = draws.shuffled(_audience(team_id, key), "half marks", team_id, key)
        for person in people[:count]:
            passes = [item.day for item in learned if item.person == person and item.key == key]
            earliest = timeline.on(max("2025-01-03", person.start))
            if passes and min(passes) - timedelta(days=4) >= earliest:
                day = min(passes) - timedelta(days=4)
            else:
                day = draws.between(
                    max(earliest, timeline.on("2026-03-02")),
                    timeline.on("2026-06-24"),
                    "half",
                    person.person_id,
                )
            yield Learned(person, key, day, 0.5)
