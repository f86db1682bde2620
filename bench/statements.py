"""Statements as a course server sends them: a quiz attempt of about 1.5 KB with score, course and tracking category.

Everything follows from a number, so that two runs post the same: statement `n` is of actor `n % people` about quiz
`n % quizzes`. Ids are the sender's, unique within a run.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

SITE: Final = "https://lms.bench.example"
VERB: Final = "http://adlnet.gov/expapi/verbs/completed"
QUIZZES: Final = 60
FIRST_DAY: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_SPACE: Final = uuid.UUID("0c54be9e-1ad6-5ec2-8b6c-7a4b22d93af1")
_FIELDS: Final = "http://id.tincanapi.com/activitytype"


def statement_id(run: str, number: int) -> str:
    """Return the id of statement `number` of a run."""
    return str(uuid.uuid5(_SPACE, f"{run}/{number}"))


def agent(person: int) -> dict[str, Any]:
    """Return the actor with the number `person`."""
    return {
        "objectType": "Agent",
        "name": f"Employee {person:05d}",
        "account": {"homePage": SITE, "name": f"e{person:05d}"},
    }


def quiz_iri(quiz: int) -> str:
    """Return the activity of a quiz."""
    return f"{SITE}/mod/quiz/view.php?id={1000 + quiz}"


def statement(run: str, number: int, people: int = 500, quiz: int | None = None) -> dict[str, Any]:
    """Return one statement; its timestamp lies 7 minutes after that of the statement before."""
    chosen = number % QUIZZES if quiz is None else quiz
    course = chosen // 4
    raw = 60 + number * 7 % 41
    return {
        "id": statement_id(run, number),
        "actor": agent(number % people),
        "verb": {"id": VERB, "display": {"en": "completed", "de": "abgeschlossen"}},
        "object": {
            "objectType": "Activity",
            "id": quiz_iri(chosen),
            "definition": {
                "type": "http://adlnet.gov/expapi/activities/assessment",
                "name": {"en": f"Check your knowledge {chosen}", "de": f"Wissenskontrolle {chosen}"},
                "description": {"en": "Ten questions on the contents of the course; seven must be right."},
            },
        },
        "result": {
            "score": {"raw": raw, "min": 0, "max": 100, "scaled": raw / 100},
            "success": raw >= 70,
            "completion": True,
            "duration": f"PT{5 + number % 20}M{number % 60}S",
            "response": f"attempt {number % 3 + 1} of 3",
        },
        "context": {
            "registration": str(uuid.uuid5(_SPACE, f"registration/{number % people}/{course}")),
            "platform": "Course server",
            "language": "en",
            "contextActivities": {
                "parent": [
                    {
                        "objectType": "Activity",
                        "id": f"{SITE}/course/view.php?id={course}",
                        "definition": {"type": f"{_FIELDS}/lms/course", "name": {"en": f"Course {course}"}},
                    }
                ],
                "grouping": [
                    {
                        "objectType": "Activity",
                        "id": SITE,
                        "definition": {"type": f"{_FIELDS}/lms", "name": {"en": "Course server"}},
                    }
                ],
                "category": [
                    {
                        "objectType": "Activity",
                        "id": "http://moodle.org",
                        "definition": {"type": f"{_FIELDS}/source", "name": {"en": "Moodle"}},
                    }
                ],
            },
            "extensions": {f"{SITE}/extensions/event": {"name": "attempt_submitted", "number": number}},
        },
        "timestamp": (FIRST_DAY + timedelta(minutes=7 * (number % 20_000))).isoformat(),
        "version": "1.0.3",
    }


def bodies(run: str, first: int, requests: int, batch: int, people: int = 500) -> Sequence[bytes]:
    """Return the bodies of `requests` POSTs of `batch` statements each, the first statement being number `first`."""
    return [
        orjson.dumps([statement(run, start + offset, people) for offset in range(batch)])
        for start in range(first, first + requests * batch, batch)
    ]
