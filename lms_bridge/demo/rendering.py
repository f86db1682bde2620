"""From the plan to statements: how each LMS tells that somebody learned something, with the trail around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from lms_bridge.demo import cases, cmi5, moodle, openedx, skillstream
from lms_bridge.demo.cast import (
    BY_HANDLE,
    SPLIT_MAIDEN_ADDRESS,
    SPLIT_PERSON,
    Person,
)
from lms_bridge.demo.courses import COURSE_BY_KEY, Course
from lms_bridge.demo.plan import Learned, Plan
from lms_bridge.demo.sending import JsonObject, Sending, Stage

# The grade to pass that Moodle itself knows. It may differ from what a rule asks: m-05 passes at half marks.
_GRADE_TO_PASS: dict[str, float] = {
    "m-01": 0.8,
    "m-02": 0.8,
    "m-03": 0.7,
    "m-05": 0.5,
    "m-07": 0.6,
    "m-08": 0.7,
    "m-10": 0.7,
    "m-11": 0.8,
    "m-13": 0.7,
    "m-14": 0.75,
}
_FIRST_RUN = 2025


def moodle_actor(person: Person) -> JsonObject:
    """Return how Moodle names the person."""
    return moodle.actor(person.moodle_id, person.name)


def library_actor(person: Person) -> JsonObject:
    """Return how SkillStream names the person: it still has the maiden name of one."""
    return skillstream.actor(SPLIT_MAIDEN_ADDRESS if person.handle == SPLIT_PERSON else person.email)


def render(plan: Plan, stage: Stage) -> Iterator[Sending]:
    """Yield the statements of everything planned, in no particular order."""
    for item in plan.learned:
        yield from _learned(item, stage)
    for item in plan.failed:
        yield from _failed(item, stage)


def _failed(item: Learned, stage: Stage) -> Iterator[Sending]:
    """Yield an attempt below the mark, of a quiz or of cmi5 content."""
    course, person = COURSE_BY_KEY[item.key], item.person
    when = stage.moment(item.day, person.person_id, item.key, "failed")
    share = item.score if item.score is not None else 0.0
    if course.sends == "cmi5-passed":
        yield from cmi5.session(stage, cmi5.actor(person.employee_number), course, when, share)
    else:
        yield from moodle.quiz(
            stage, moodle_actor(person), course, when, share, _GRADE_TO_PASS[item.key], "failed"
        )


def _learned(item: Learned, stage: Stage) -> Iterator[Sending]:
    course, person = COURSE_BY_KEY[item.key], item.person
    when = stage.moment(item.day, person.person_id, item.key)
    match course.sends:
        case "quiz" | "course" | "assignment" | "badge" | "attended":
            yield from _in_moodle(item, course, when, stage)
        case "openedx":
            yield from _in_openedx(item, course, when, stage)
        case "cmi5-passed" | "cmi5-completed":
            closes_tab = item.key == "c-04" and person.handle in cases.ABANDONED
            who = cmi5.actor(person.employee_number)
            yield from cmi5.session(stage, who, course, when, item.score, abandoned=closes_tab)
        case "library":
            who = library_actor(person)
            for video in (1, 2):
                yield skillstream.watched(
                    stage, who, course, video, when - timedelta(minutes=40 * (3 - video))
                )
            yield skillstream.completed(stage, who, course, when)
        case "group" | "paper":
            raise ValueError(
                f"course {item.key} sends no statement of its own: plan its modules or a paper instead"
            )


def _in_moodle(item: Learned, course: Course, when: datetime, stage: Stage) -> Iterator[Sending]:
    who = moodle_actor(item.person)
    tag = (item.person.person_id, item.key)
    yield moodle.noise(stage, who, "login", when - timedelta(minutes=50), *tag)
    if stage.draws.number(3, "looked around", *tag) == 0:
        yield moodle.noise(stage, who, "course", when - timedelta(minutes=48), *tag)
    match course.sends:
        case "quiz":
            share = item.score if item.score is not None else 0.0
            yield from moodle.quiz(stage, who, course, when, share, _GRADE_TO_PASS[course.key])
        case "assignment":
            examiner = moodle_actor(BY_HANDLE["Ayşe Demir"])
            if item.person.handle == "Ayşe Demir":
                examiner = moodle_actor(BY_HANDLE["Thomas Krämer"])
            yield from moodle.assignment_scored(stage, who, examiner, course, when, item.score or 0.0)
        case "badge":
            yield from moodle.badge(stage, who, moodle_actor(BY_HANDLE["Claudia Reuter"]), course, when)
        case "attended":
            trainer = moodle_actor(BY_HANDLE["Claudia Reuter"])
            yield from moodle.attended(stage, who, trainer, course, when, whole=True)
        case _:
            yield from moodle.course_completed(stage, who, course.number, course.title, when)
    if stage.draws.number(2, "logged out", *tag) == 0:
        yield moodle.noise(stage, who, "logout", when + timedelta(minutes=4), *tag)


def _in_openedx(item: Learned, course: Course, when: datetime, stage: Stage) -> Iterator[Sending]:
    who = openedx.actor(item.person.openedx_id)
    tag = (item.person.person_id, item.key)
    run = openedx.run_of(when, _FIRST_RUN)
    yield openedx.registered(stage, who, course, run, when - timedelta(days=12))
    steps: tuple[Literal["progressed", "played", "watched"], ...] = ("played", "watched", "progressed")
    for number, kind in enumerate(steps, start=1):
        yield openedx.noise(
            stage, who, kind, course, run, when - timedelta(days=9 - number, minutes=7 * number)
        )
    if stage.draws.number(3, "fails first", *tag) == 0:
        # A grade below the mark on the way: it comes before the pass and takes nothing back.
        yield openedx.verdict(stage, who, course, run, when - timedelta(days=4), "failed")
    if stage.draws.number(9, "group problem", *tag) == 0:
        yield openedx.group_problem(stage, who, course, run, when - timedelta(days=2))
    if item.score is not None:
        yield openedx.earned(stage, who, course, run, when - timedelta(days=7), 0.02)
        yield openedx.earned(stage, who, course, run, when, item.score)
    yield openedx.verdict(stage, who, course, run, when + timedelta(milliseconds=40), "passed")
    if item.key == "x-02" and item.person.handle in cases.REOPENED:
        times = cases.REOPENED[item.person.handle]
        for number in range(1, times + 1):
            again = when + timedelta(days=240 * number / times)
            yield openedx.verdict(stage, who, course, run, again, "passed")
