"""Moodle's statements in the shape of the plug-in logstore_xapi 5.0: quizzes, courses, badges, and what proves nothing.

Real ones carry no id; the demo adds one so that the same seed and day give the same evidence, byte for byte. They carry
no version either. `scaled` is (raw - min) / (max - min) * 2 - 1, and `registration` a hash of the login session.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from lms_bridge.demo.cast import MOODLE
from lms_bridge.demo.courses import Course
from lms_bridge.demo.sending import JsonObject, Sending, Stage, duration
from lms_bridge.demo.timeline import stamp

SOURCE = "moodle"

_ADL = "http://adlnet.gov/expapi/verbs/"
_EDLM = "https://xapi.edlm/profiles/edlm-lms/concepts/"
_EDLM_V1 = "https://xapi.edlm/profiles/edlm-lms/v1/concepts/"
_TLA = "https://w3id.org/xapi/tla/verbs/"

VERBS: dict[str, tuple[str, str]] = {
    "achieved": (_TLA + "achieved", "Achieved"),
    "answered": (_ADL + "answered", "Answered"),
    "attended": (_ADL + "attended", "Attended"),
    "completed": (_ADL + "completed", "Completed"),
    "forfeited": (_TLA + "forfeited", "Forfeited"),
    "login": (_EDLM + "verbs/login", "Logged In"),
    "logout": (_EDLM + "verbs/logout", "Logged Out"),
    "replied": ("http://id.tincanapi.com/verb/replied", "Replied"),
    "scored": (_TLA + "scored", "Scored"),
    "sent": ("http://activitystrea.ms/send", "Sent"),
    "started": ("http://activitystrea.ms/schema/1.0/start", "Started"),
    "viewed": ("http://id.tincanapi.com/verb/viewed", "Viewed"),
}

_TYPES = {
    "assessment": "http://adlnet.gov/expapi/activities/assessment",
    "assignment": _EDLM + "activity-types/assignment",
    "attempt": "http://adlnet.gov/expapi/activities/attempt",
    "badge": _EDLM + "activity-types/badge",
    "chat": "http://id.tincanapi.com/activitytype/chat-message",
    "course": "https://w3id.org/xapi/cmi5/activitytype/course",
    "face-to-face": "https://w3id.org/xapi/acrossx/activities/face-to-face-discussion",
    "forum-reply": "http://id.tincanapi.com/activitytype/forum-reply",
    "lesson": "http://adlnet.gov/expapi/activities/lesson",
    "lesson-session": _EDLM + "activity-types/lesson-session",
    "lms": "http://id.tincanapi.com/activitytype/lms",
    "page": "https://w3id.org/xapi/acrossx/activities/page",
    "question": "http://adlnet.gov/expapi/activities/cmi.interaction",
    "section": "http://id.tincanapi.com/activitytype/section",
    "submission": _EDLM + "activity-types/submission",
}

_INFO = "http://lrs.learninglocker.net/define/extensions/info"
_PLUGIN = "https://github.com/xAPI-vle/moodle-logstore_xapi"

Noise = Literal["login", "logout", "course", "page", "chat", "forum"]


def actor(moodle_id: str, name: str) -> JsonObject:
    """Return a Moodle user: nothing but the internal number tells who it is."""
    return {"name": name, "account": {"homePage": MOODLE, "name": moodle_id}}


def _activity(iri: str, kind: str, name: str, **more: object) -> JsonObject:
    return {
        "id": iri,
        "objectType": "Activity",
        "definition": {"type": _TYPES[kind], "name": {"de": name}, **more},
    }


_SITE = _activity(MOODLE, "lms", "Rheintal Academy")


def _moodle_course(number: int, name: str) -> JsonObject:
    return _activity(f"{MOODLE}/course/view.php?id={number}", "course", name)


def _statement(
    statement_id: str,
    who: JsonObject,
    verb: str,
    obj: JsonObject,
    when: datetime,
    session: str,
    event: str,
    *parents: JsonObject,
) -> JsonObject:
    activities: JsonObject = {"category": [_SITE]}
    if parents:
        activities["parent"] = list(parents)
    plugin, _, name = event.partition(":")
    iri, display = VERBS[verb]
    return {
        "id": statement_id,
        "actor": who,
        "verb": {"id": iri, "display": {"en": display}},
        "object": obj,
        "timestamp": stamp(when),
        "context": {
            "platform": "Moodle",
            "language": "de",
            "registration": session,
            "contextActivities": activities,
            "extensions": {
                _INFO: {
                    "http://moodle.org": "5.0.1 (Build: 20250609)",
                    _PLUGIN: "5.0.1",
                    "event_name": f"\\{plugin}\\event\\{name}",
                    "event_function": f"\\src\\transformer\\events\\{plugin}\\{name}",
                }
            },
        },
    }


def score(share: float) -> JsonObject:
    """Return the plug-in's score of a grade out of 100, with `scaled` on its own scale from -1 to 1."""
    return {"raw": round(share * 100, 2), "min": 0, "max": 100, "scaled": round(share * 2 - 1, 4)}


def _parents_of_quiz(course: Course) -> tuple[JsonObject, JsonObject, JsonObject]:
    number = 500 + course.number
    return (
        _activity(course.url, "assessment", course.title),
        _activity(f"{MOODLE}/course/section.php?id={number}1", "section", f"{course.title} Abschnitt 1"),
        _moodle_course(number, course.title),
    )


def quiz(
    stage: Stage,
    who: JsonObject,
    course: Course,
    when: datetime,
    share: float,
    grade_to_pass: float,
    *tag: object,
) -> Iterator[Sending]:
    """A quiz attempt from its start to its end; `share` is the mark, 0..1."""
    names = (who["account"]["name"], course.key, when.isoformat(), *tag)
    attempt = 20000 + stage.draws.number(900000, "attempt", *names)
    iri = f"{MOODLE}/mod/quiz/attempt.php?attempt={attempt}&cmid={course.number}"
    obj = _activity(iri, "attempt", f"{course.title} Attempt {attempt}")
    session = str(stage.uuid("session", names[0], when.date().isoformat()))
    parents = _parents_of_quiz(course)
    span = stage.minutes(8, 35, *names)
    started = _statement(
        stage.id("quiz start", *names),
        who,
        "started",
        obj,
        when - span,
        session,
        "mod_quiz:attempt_started",
        *parents,
    )
    yield Sending(SOURCE, started, when - span)
    ended = _statement(
        stage.id("quiz", *names), who, "completed", obj, when, session, "mod_quiz:attempt_submitted", *parents
    )
    ended["result"] = {
        "score": score(share),
        "completion": True,
        "success": share >= grade_to_pass,
        "duration": duration(span),
    }
    yield Sending(SOURCE, ended, when)
    answered = _statement(
        stage.id("answer", *names),
        who,
        "answered",
        _question(course, share),
        when,
        session,
        "mod_quiz:attempt_submitted",
        _activity(iri, "attempt", f"{course.title} Attempt {attempt}"),
        *parents,
    )
    answered["result"] = {"response": "richtig", "success": share >= grade_to_pass, "completion": True}
    yield Sending(SOURCE, answered, when)


def _question(course: Course, share: float) -> JsonObject:
    number = course.number * 10 + int(share * 100) % 10
    return _activity(
        f"{MOODLE}/question/question.php?cmid={course.number}&id={number}",
        "question",
        f"Frage {number}",
        interactionType="choice",
    )


def course_completed(
    stage: Stage, who: JsonObject, number: int, title: str, when: datetime
) -> Iterator[Sending]:
    """The whole course is done: no result at all."""
    names = (who["account"]["name"], "course", number, when.isoformat())
    session = str(stage.uuid("session", names[0], when.date().isoformat()))
    yield Sending(
        SOURCE,
        _statement(
            stage.id(*names),
            who,
            "completed",
            _moodle_course(number, title),
            when,
            session,
            "core:course_completed",
        ),
        when,
    )


def assignment_scored(
    stage: Stage, who: JsonObject, instructor: JsonObject, course: Course, when: datetime, share: float
) -> Iterator[Sending]:
    """A practical task that a named person graded."""
    names = (who["account"]["name"], course.key, when.isoformat())
    assignment = _activity(course.url, "assignment", course.title)
    statement = _statement(
        stage.id("assignment", *names),
        who,
        "scored",
        _activity(f"{course.url}#submission", "submission", f"{course.title} Submission"),
        when,
        str(stage.uuid("session", "instructor", when.date().isoformat())),
        "mod_assign:submission_graded",
        assignment,
        _moodle_course(500 + course.number, course.title),
    )
    statement["context"]["instructor"] = instructor
    statement["result"] = {"score": score(share), "success": share >= 0.6, "response": "Werkstück geprüft"}
    yield Sending(SOURCE, statement, when)


def badge(
    stage: Stage,
    who: JsonObject,
    awarder: JsonObject,
    course: Course,
    when: datetime,
    *,
    forfeited: bool = False,
) -> Iterator[Sending]:
    """A badge given by hand, or taken back."""
    verb = "forfeited" if forfeited else "achieved"
    statement = _statement(
        stage.id("badge", verb, who["account"]["name"], course.key, when.isoformat()),
        who,
        verb,
        _activity(
            course.url,
            "badge",
            course.title,
            description={"de": "Grundlagen der Führung, acht Tage"},
            extensions={
                _EDLM_V1 + "activity-extensions/badge-type": "Global",
                _EDLM_V1 + "activity-extensions/badge-version": "1.0",
            },
        ),
        when,
        str(stage.uuid("session", "awarder", when.date().isoformat())),
        "core:badge_revoked" if forfeited else "core:badge_awarded",
    )
    statement["context"]["instructor"] = awarder
    statement["context"]["extensions"][_EDLM_V1 + "context-extensions/badge-assignment-method"] = "Manual"
    if not forfeited:
        statement["result"] = {"response": "Herzlichen Glückwunsch!"}
    yield Sending(SOURCE, statement, when)


def attended(
    stage: Stage, who: JsonObject, instructor: JsonObject, course: Course, when: datetime, *, whole: bool
) -> Iterator[Sending]:
    """A day in the seminar room; `whole` is false for who came for a part of it."""
    statement = _statement(
        stage.id("attended", who["account"]["name"], course.key, when.isoformat()),
        who,
        "attended",
        _activity(course.url, "face-to-face", course.title),
        when,
        str(stage.uuid("session", "instructor", when.date().isoformat())),
        "mod_facetoface:take_attendance",
        _moodle_course(500 + course.number, course.title),
    )
    statement["context"]["instructor"] = instructor
    statement["result"] = {"duration": duration(timedelta(hours=8)), "completion": whole}
    yield Sending(SOURCE, statement, when)


def lesson_without_points(stage: Stage, who: JsonObject, when: datetime) -> Sending:
    """The end of a lesson that gives no points: min and max are both 0, which the specification forbids."""
    iri = f"{MOODLE}/mod/lesson/view.php?id=140"
    statement = _statement(
        stage.id("lesson", who["account"]["name"], when.isoformat()),
        who,
        "completed",
        _activity(f"{iri}#lesson", "lesson-session", "Rundgang durch die Halle"),
        when,
        str(stage.uuid("session", who["account"]["name"], when.date().isoformat())),
        "mod_lesson:lesson_ended",
        _activity(iri, "lesson", "Rundgang durch die Halle"),
        _moodle_course(540, "Willkommen im Werk"),
    )
    statement["result"] = {
        "score": {"raw": 0, "min": 0, "max": 0, "scaled": 0},
        "completion": True,
        "success": True,
    }
    return Sending(SOURCE, statement, when, batch="lesson without points", via="raw", expected="either")


def noise(stage: Stage, who: JsonObject, kind: Noise, when: datetime, *tag: object) -> Sending:
    """A statement that proves nothing and that no manager may see."""
    names = (who["account"]["name"], kind, when.isoformat(), *tag)
    number = stage.draws.number(30, "noise", *names)
    session = str(stage.uuid("session", names[0], when.date().isoformat()))
    course = _moodle_course(560 + number % 6, f"Werkswissen {number % 6 + 1}")
    statement_id = stage.id("noise", *names)
    match kind:
        case "login" | "logout":
            event = f"core:user_logged{'in' if kind == 'login' else 'out'}"
            statement = _statement(statement_id, who, kind, _SITE, when, session, event)
        case "course":
            statement = _statement(statement_id, who, "viewed", course, when, session, "core:course_viewed")
        case "page":
            page = _activity(
                f"{MOODLE}/mod/page/view.php?id={300 + number}", "page", f"Merkblatt {number + 1}"
            )
            statement = _statement(
                statement_id, who, "viewed", page, when, session, "mod_page:course_module_viewed", course
            )
        case "chat":
            chat = _activity(f"{MOODLE}/message?id={9000 + number}", "chat", "Nachricht")
            statement = _statement(
                statement_id, who, "sent", chat, when, session, "core:group_message_sent", course
            )
        case "forum":
            reply = _activity(
                f"{MOODLE}/mod/forum/discuss.php?d=3#p{700 + number}", "forum-reply", "Re: Schichtplan"
            )
            statement = _statement(
                statement_id, who, "replied", reply, when, session, "mod_forum:post_created", course
            )
    return Sending(SOURCE, statement, when)
