"""Open edX's statements in the shape of event-routing-backends 10: an anonymous UUID, course runs, repeats of passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from lms_bridge.demo.cast import OPENEDX
from lms_bridge.demo.courses import Course
from lms_bridge.demo.sending import JsonObject, Sending, Stage, duration

SOURCE = "openedx"

_ADL = "http://adlnet.gov/expapi/verbs/"
_VERBS: dict[str, str] = {
    "registered": _ADL + "registered",
    "passed": _ADL + "passed",
    "failed": _ADL + "failed",
    "progressed": _ADL + "progressed",
    "earned": "http://id.tincanapi.com/verb/earned",
    "played": "https://w3id.org/xapi/video/verbs/played",
    "completed": _ADL + "completed",
    "evaluated": "https://w3id.org/xapi/acrossx/verbs/evaluated",
    "posted": "https://w3id.org/xapi/acrossx/verbs/posted",
}
_COURSE = "http://adlnet.gov/expapi/activities/course"
_GRADE = "http://www.tincanapi.co.uk/activitytypes/grade_classification"
_VIDEO = "https://w3id.org/xapi/video/"

Noise = Literal["progressed", "played", "watched", "posted"]


def actor(openedx_id: str) -> JsonObject:
    """Return a learner as Open edX names one: an anonymous id, no name."""
    return {"objectType": "Agent", "account": {"homePage": OPENEDX, "name": openedx_id}}


def run_of(when: datetime, first_year: int) -> str:
    """Return the name of the course run in which something happened: one run each year."""
    return str(max(first_year, when.year))


def _course_run(course: Course, run: str) -> JsonObject:
    return {
        "id": f"{course.url}+{run}",
        "objectType": "Activity",
        "definition": {"type": _COURSE, "name": {"en-US": course.title}},
    }


def _statement(
    stage: Stage, who: JsonObject, verb: str, obj: JsonObject, when: datetime, *tag: object
) -> JsonObject:
    learner = who["account"]["name"]
    return {
        "id": stage.id("openedx", learner, verb, obj["id"], when.isoformat(), *tag),
        "version": "1.0.3",
        "actor": who,
        "verb": {"id": _VERBS[verb], "display": {"en": verb}},
        "object": obj,
        "timestamp": when.isoformat(timespec="microseconds"),
        "context": {
            "extensions": {
                "https://w3id.org/xapi/openedx/extension/transformer-version": "event-routing-backends@10.1.0",
                "https://w3id.org/xapi/openedx/extensions/session-id": stage.uuid(
                    "openedx session", learner, when.date().isoformat()
                ).hex,
            }
        },
    }


def _inside(statement: JsonObject, course: Course, run: str) -> JsonObject:
    statement["context"]["contextActivities"] = {"parent": [_course_run(course, run)]}
    return statement


def verdict(
    stage: Stage,
    who: JsonObject,
    course: Course,
    run: str,
    when: datetime,
    passed: Literal["passed", "failed"],
) -> Sending:
    """The verdict on the course at a grade update. It carries no result, and is repeated at every later update."""
    return Sending(SOURCE, _statement(stage, who, passed, _course_run(course, run), when), when)


def earned(stage: Stage, who: JsonObject, course: Course, run: str, when: datetime, share: float) -> Sending:
    """The course grade itself, sent for every grade however low; 0.6 is the mark to pass."""
    statement = _inside(_statement(stage, who, "earned", _course_run(course, run), when), course, run)
    statement["result"] = {
        "score": {"scaled": share, "raw": share, "min": 0.0, "max": 1.0},
        "extensions": {_GRADE: "Pass" if share >= 0.6 else "Fail"},
    }
    return Sending(SOURCE, statement, when)


def registered(stage: Stage, who: JsonObject, course: Course, run: str, when: datetime) -> Sending:
    """An enrolment in a run."""
    run_activity = _course_run(course, run)
    run_activity["definition"]["extensions"] = {"https://w3id.org/xapi/acrossx/extensions/type": "audit"}
    return Sending(SOURCE, _statement(stage, who, "registered", run_activity, when), when)


def _block(course: Course, run: str, kind: str, number: int) -> str:
    return f"{OPENEDX}/xblock/block-v1:RC+{course.code}+{run}+type@{kind}+block@{number:032x}"


def group_problem(stage: Stage, who: JsonObject, course: Course, run: str, when: datetime) -> Sending:
    """A problem of several questions: sent with the invalid object type GroupActivity, as Open edX really does."""
    obj = {
        "objectType": "GroupActivity",
        "id": _block(course, run, "problem", stage.draws.number(1 << 60, "problem", course.key)),
        "definition": {
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "name": {"en-US": "Multiple choice questions"},
            "interactionType": "other",
        },
    }
    statement = _inside(_statement(stage, who, "evaluated", obj, when), course, run)
    statement["result"] = {"score": {"min": 0, "max": 3, "raw": 2, "scaled": 0.6667}, "success": False}
    return Sending(SOURCE, statement, when, via="raw", batch=f"group activities {when.year}")


def noise(stage: Stage, who: JsonObject, kind: Noise, course: Course, run: str, when: datetime) -> Sending:
    """A step inside a course: it proves nothing."""
    number = stage.draws.number(1 << 60, "block", course.key, kind)
    match kind:
        case "progressed":
            obj = {
                "id": _block(course, run, "problem", number),
                "objectType": "Activity",
                "definition": {"type": "http://id.tincanapi.com/activitytype/resource"},
            }
            statement = _inside(_statement(stage, who, "progressed", obj, when), course, run)
            progress = {"https://w3id.org/xapi/cmi5/result/extensions/progress": 100.0}
            statement["result"] = {"completion": True, "extensions": progress}
        case "played" | "watched":
            obj = {
                "id": _block(course, run, "video", number),
                "objectType": "Activity",
                "definition": {"type": _VIDEO + "activity-type/video"},
            }
            verb = "played" if kind == "played" else "completed"
            statement = _inside(_statement(stage, who, verb, obj, when), course, run)
            statement["context"]["extensions"][_VIDEO + "extensions/length"] = 195.0
            if kind == "played":
                statement["result"] = {"extensions": {_VIDEO + "extensions/time": 0.033}}
            else:
                statement["result"] = {
                    "extensions": {_VIDEO + "extensions/time": 195.0},
                    "completion": True,
                    "duration": duration(timedelta(seconds=195)),
                }
        case "posted":
            obj = {
                "id": f"{OPENEDX}/api/discussion/v1/comments/{number:024x}",
                "objectType": "Activity",
                "definition": {"type": "http://id.tincanapi.com/activitytype/discussion"},
            }
            statement = _inside(_statement(stage, who, "posted", obj, when), course, run)
    return Sending(SOURCE, statement, when)
