"""cmi5 statements: those of the content (initialized, passed, completed, terminated) and those of the LMS.

The activity id is made by the LMS; the publisher's id stands in grouping. Statements that decide progress carry the
category "moveon". Waivers, satisfied and abandoned are the LMS's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from lms_bridge.demo.cast import CMI5
from lms_bridge.demo.courses import Course
from lms_bridge.demo.sending import JsonObject, Sending, Stage, duration
from lms_bridge.demo.timeline import stamp

SOURCE = "cmi5"

MASTERY: dict[str, float] = {"c-01": 0.8, "c-03": 0.7, "c-04": 0.7, "c-05": 0.75, "c-06": 0.7, "c-07": 0.8}

_ADL = "http://adlnet.gov/expapi/verbs/"
_LMS = "https://w3id.org/xapi/adl/verbs/"
_VERBS = {
    "launched": _ADL + "launched",
    "initialized": _ADL + "initialized",
    "passed": _ADL + "passed",
    "failed": _ADL + "failed",
    "completed": _ADL + "completed",
    "terminated": _ADL + "terminated",
    "satisfied": _LMS + "satisfied",
    "waived": _LMS + "waived",
    "abandoned": _LMS + "abandoned",
}
_CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/"
_EXTENSION = "https://w3id.org/xapi/cmi5/context/extensions/"
_COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"


def actor(employee_number: str) -> JsonObject:
    """Return a learner as the training LMS names one: the employee number, no name."""
    return {"objectType": "Agent", "account": {"homePage": CMI5, "name": employee_number}}


def _registration(stage: Stage, who: JsonObject, course: Course, enrolled: str) -> str:
    return str(stage.uuid("registration", who["account"]["name"], course.key, enrolled))


def _statement(
    stage: Stage,
    who: JsonObject,
    course: Course,
    verb: str,
    when: datetime,
    enrolled: str,
    *,
    moveon: bool = False,
) -> JsonObject:
    session = f"session-{stage.uuid('cmi5 session', who['account']['name'], course.key, enrolled).hex[:12]}"
    categories = [{"id": _CATEGORY + "cmi5"}] + ([{"id": _CATEGORY + "moveon"}] if moveon else [])
    return {
        "id": stage.id("cmi5", who["account"]["name"], course.key, verb, when.isoformat()),
        "actor": who,
        "verb": {"id": _VERBS[verb], "display": {"en-US": verb}},
        "object": {"objectType": "Activity", "id": f"{CMI5}/activities/{stage.uuid('au', course.key)}"},
        "timestamp": stamp(when),
        "context": {
            "registration": _registration(stage, who, course, enrolled),
            "contextActivities": {
                "grouping": [{"objectType": "Activity", "id": course.url}],
                "category": categories,
            },
            "extensions": {_EXTENSION + "sessionid": session},
        },
    }


def session(
    stage: Stage,
    who: JsonObject,
    course: Course,
    when: datetime,
    share: float | None,
    *,
    abandoned: bool = False,
) -> Iterator[Sending]:
    """A launch that ends with a pass (`share` is the score), or with completed where there is no score.

    With `abandoned` the learner closes the tab after the pass: the content never says terminated, and the LMS tells
    on the next day that the session was abandoned.
    """
    enrolled = when.date().isoformat()
    span = stage.minutes(12, 48, who["account"]["name"], course.key, enrolled)
    start = when - span

    launched = _statement(stage, who, course, "launched", start - timedelta(seconds=2), enrolled)
    launched["context"]["extensions"] |= {
        _EXTENSION + "launchmode": "Normal",
        _EXTENSION + "launchurl": f"{CMI5}/content/{course.code}/index.html",
        _EXTENSION + "moveon": "Passed" if share is not None else "Completed",
    }
    yield Sending(SOURCE, launched, start - timedelta(seconds=2))
    yield Sending(SOURCE, _statement(stage, who, course, "initialized", start, enrolled), start)

    end = _statement(
        stage, who, course, "passed" if share is not None else "completed", when, enrolled, moveon=True
    )
    if share is not None:
        end["context"]["extensions"][_EXTENSION + "masteryscore"] = MASTERY[course.key]
        success = share >= MASTERY[course.key]
        end["verb"] = {
            "id": _VERBS["passed" if success else "failed"],
            "display": {"en-US": "passed" if success else "failed"},
        }
        end["result"] = {"score": {"scaled": share}, "success": success, "duration": duration(span)}
    else:
        end["result"] = {"completion": True, "duration": duration(span)}
    yield Sending(SOURCE, end, when)

    if abandoned:
        closed = when + timedelta(hours=20)
        left = _statement(stage, who, course, "abandoned", closed, enrolled)
        left["result"] = {"duration": duration(span)}
        yield Sending(SOURCE, left, closed)
        return
    over = when + timedelta(seconds=25)
    terminated = _statement(stage, who, course, "terminated", over, enrolled)
    terminated["result"] = {"duration": duration(span + timedelta(seconds=25))}
    yield Sending(SOURCE, terminated, over)


def waived(stage: Stage, who: JsonObject, course: Course, when: datetime) -> Iterator[Sending]:
    """The administrator waives the unit; success and completion are true although nobody learned anything."""
    enrolled = when.date().isoformat()
    statement = _statement(stage, who, course, "waived", when, enrolled, moveon=True)
    statement["result"] = {
        "success": True,
        "completion": True,
        "extensions": {"https://w3id.org/xapi/cmi5/result/extensions/reason": "Administrative"},
    }
    yield Sending(SOURCE, statement, when)
    yield satisfied(stage, who, course, when + timedelta(seconds=1))


def satisfied(stage: Stage, who: JsonObject, course: Course, when: datetime) -> Sending:
    """The LMS says that the course's conditions are met, for whatever reason."""
    statement = _statement(stage, who, course, "satisfied", when, when.date().isoformat())
    statement["object"] = {
        "objectType": "Activity",
        "id": f"{CMI5}/courses/{stage.uuid('course', course.key)}",
        "definition": {"type": _COURSE_TYPE},
    }
    return Sending(SOURCE, statement, when)
