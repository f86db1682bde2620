"""The learning library SkillStream: an address, a course, completed. No score, no registration, no authority.

Libraries of this kind send with version header 1.0.0 and fetch a bearer token by OAuth 2 client credentials.
"""

from __future__ import annotations

from datetime import datetime

from lms_bridge.demo.courses import LIBRARY, Course
from lms_bridge.demo.sending import JsonObject, Sending, Stage, duration
from lms_bridge.demo.timeline import stamp

SOURCE = "skillstream"
HEADER_VERSION = "1.0.0"

_ADL = "http://adlnet.gov/expapi/verbs/"


def actor(address: str) -> JsonObject:
    """Return a learner as the library names one: the address of the sign-on."""
    return {"objectType": "Agent", "mbox": f"mailto:{address}"}


def completed(stage: Stage, who: JsonObject, course: Course, when: datetime) -> Sending:
    """The last video of a course was watched."""
    span = stage.minutes(90, 200, who["mbox"], course.key)
    return Sending(
        SOURCE,
        {
            "id": stage.id("library", who["mbox"], course.key, when.isoformat()),
            "actor": who,
            "verb": {"id": _ADL + "completed", "display": {"en-US": "completed"}},
            "object": {
                "objectType": "Activity",
                "id": course.url,
                "definition": {
                    "type": "http://adlnet.gov/expapi/activities/course",
                    "name": {"en-US": course.title},
                },
            },
            "result": {"completion": True, "duration": duration(span)},
            "timestamp": stamp(when),
        },
        when,
    )


def watched(stage: Stage, who: JsonObject, course: Course, video: int, when: datetime) -> Sending:
    """One video of a course."""
    return Sending(
        SOURCE,
        {
            "id": stage.id("library video", who["mbox"], course.key, video, when.isoformat()),
            "actor": who,
            "verb": {"id": _ADL + "progressed", "display": {"en-US": "progressed"}},
            "object": {
                "objectType": "Activity",
                "id": f"{LIBRARY.removesuffix('course:')}video:{course.number}{video:02d}",
                "definition": {
                    "type": "http://adlnet.gov/expapi/activities/media",
                    "name": {"en-US": f"{course.title}, part {video}"},
                },
            },
            "result": {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 100}},
            "context": {"contextActivities": {"parent": [{"objectType": "Activity", "id": course.url}]}},
            "timestamp": stamp(when),
        },
        when,
    )
