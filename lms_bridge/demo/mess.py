"""The messy statements: what goes wrong between LMSs and a company, as the ten events of the demo tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from lms_bridge.demo import cases, cmi5, moodle, openedx, skillstream
from lms_bridge.demo.cast import BY_HANDLE, PEOPLE, Person
from lms_bridge.demo.courses import COURSE_BY_KEY, Course
from lms_bridge.demo.draws import fixed_uuid
from lms_bridge.demo.plan import Plan
from lms_bridge.demo.rendering import moodle_actor
from lms_bridge.demo.sending import JsonObject, Sending, Stage
from lms_bridge.demo.timeline import instant, stamp

ADMINISTRATOR = moodle.actor("2", "Moodle Administrator")

BACKFILLED = 1240
REPEATED = 400
OUTAGE = ("2026-02-09", "2026-02-13")
BACKFILL_DAY = "2026-02-20"

# Learners of customers: they are nobody's employees and must never be joined.
CUSTOMERS_IN_MOODLE = 25
CUSTOMERS_IN_OPENEDX = 15
# Accounts that may be an employee's or a former one's: HR has to look.
FORMER_MOODLE_IDS = tuple(str(2200 + number) for number in range(1, 7))
FORMER_EMPLOYEE_NUMBERS = tuple(str(19300 + number) for number in range(1, 5))
PRIVATE_ADDRESSES = tuple(
    f"{name}@mail.example" for name in ("bea77", "k.m", "luc", "nadine.p", "oko", "sven82")
)


def withdrawn_badge(stage: Stage) -> Iterator[Sending]:
    """Event 3: the badge given to the wrong person is taken back; the statement arrives two days late."""
    handle, key, day = cases.WITHDRAWN_BADGE
    when = stage.moment(stage.timeline.on(day), handle, key)
    awarder = moodle_actor(BY_HANDLE["Claudia Reuter"])
    for sending in moodle.badge(
        stage, moodle_actor(BY_HANDLE[handle]), awarder, COURSE_BY_KEY[key], when, forfeited=True
    ):
        yield sending.later(when + timedelta(days=2))


def waivers(stage: Stage) -> Iterator[Sending]:
    """Event 5: 12 waived by an administrator, 3 satisfied at enrolment. None of the 15 learned anything."""
    course = COURSE_BY_KEY["c-02"]
    sitting = instant(stage.timeline.on("2026-01-19"), 9 * 3600)
    for number, handle in enumerate(cases.WAIVED):
        who = cmi5.actor(BY_HANDLE[handle].employee_number)
        yield from cmi5.waived(stage, who, course, sitting + timedelta(seconds=20 * number, milliseconds=137))
    for handle in cases.SATISFIED_AT_ENROLMENT:
        person = BY_HANDLE[handle]
        day = stage.timeline.on(max(person.start, "2025-12-01")) + timedelta(days=1)
        yield cmi5.satisfied(
            stage, cmi5.actor(person.employee_number), course, stage.moment(day, handle, "enrolment")
        )


def lesson_without_points(stage: Stage) -> Sending:
    """Event 7: a lesson whose lowest and highest mark are both 0."""
    when = stage.moment(stage.timeline.on("2026-04-22"), "lesson without points")
    return moodle.lesson_without_points(stage, moodle_actor(BY_HANDLE["Jens Böhm"]), when)


def is_in_outage(sending: Sending, stage: Stage) -> bool:
    """Whether Moodle could not send this on its day (event 9)."""
    first, last = (stage.timeline.on(day) for day in OUTAGE)
    return sending.source == moodle.SOURCE and first <= sending.sent_at.date() <= last


def backfill(plan: Plan, silenced: Sequence[Sending], stage: Stage) -> Iterator[Sending]:
    """Event 9: 1,240 statements of the outage are replayed on one day, 400 of them twice, 5 with a wrong clock.

    `silenced` are the planned statements of those days; the rest is what Moodle logs all day long.
    """
    wrong = list(_wrong_clocks(plan, stage))
    ordinary = [*silenced, *_log_of_the_outage(BACKFILLED - len(silenced) - len(wrong), stage)]
    replay_from = instant(stage.timeline.on(BACKFILL_DAY), 7 * 3600)
    replayed = [
        sending.later(replay_from + timedelta(seconds=2 * number))
        for number, sending in enumerate([*ordinary, *wrong])
    ]
    yield from replayed
    again_from = replay_from + timedelta(hours=2)
    for number, sending in enumerate(stage.draws.shuffled(replayed, "replayed twice")[:REPEATED]):
        yield sending.later(again_from + timedelta(seconds=2 * number))


def _log_of_the_outage(count: int, stage: Stage) -> Iterator[Sending]:
    first = stage.timeline.on(OUTAGE[0])
    people = [person for person in PEOPLE if person.is_active and person.start < OUTAGE[0]]
    kinds: tuple[moodle.Noise, ...] = ("login", "course", "page", "page", "forum", "chat", "logout")
    for number in range(count):
        person = people[stage.draws.number(len(people), "outage person", number)]
        day = first + timedelta(days=stage.draws.number(5, "outage day", number))
        when = stage.moment(day, "outage", number)
        yield moodle.noise(stage, moodle_actor(person), kinds[number % len(kinds)], when, "outage", number)


def _wrong_clocks(plan: Plan, stage: Stage) -> Iterator[Sending]:
    """Five people finish m-04 on a device whose clock is wrong: it proves nothing until somebody decides."""
    course = COURSE_BY_KEY["m-04"]
    done = {item.person.person_id for item in plan.learned if item.key == "m-04"}
    missing = [
        person
        for person in PEOPLE
        if person.is_active and "machine-operator" in person.role_ids and person.person_id not in done
    ]
    future = instant(stage.timeline.today, 8 * 3600) + timedelta(days=9131)
    clocks = [datetime(1970, 1, 1, 0, number, 7, 123000, UTC) for number in (1, 2, 3)]
    clocks += [future, future + timedelta(days=1)]
    for person, clock in zip(missing, clocks, strict=False):
        yield from moodle.course_completed(stage, moodle_actor(person), course.number, course.title, clock)


def administrator_tests(stage: Stage) -> Iterator[Sending]:
    """Two test attempts of an administrator, voided on the next day."""
    for number in (1, 2):
        when = stage.moment(stage.timeline.on(f"2026-01-{26 + number}"), "test", number)
        attempt = [
            sending
            for sending in moodle.quiz(stage, ADMINISTRATOR, COURSE_BY_KEY["m-01"], when, 1.0, 0.8, "test")
            if "score" in sending.statement.get("result", {})
        ]
        yield from attempt
        for sending in attempt:
            later = when + timedelta(days=1)
            yield Sending(
                moodle.SOURCE,
                _voiding(stage, sending.statement["id"], later),
                later,
                batch=f"voiding {number}",
            )


def _voiding(stage: Stage, statement_id: str, when: datetime) -> JsonObject:
    return {
        "id": stage.id("voiding", statement_id),
        "actor": {"objectType": "Agent", **ADMINISTRATOR},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided", "display": {"en-US": "voided"}},
        "object": {"objectType": "StatementRef", "id": statement_id},
        "timestamp": stamp(when),
    }


def one_bad_of_fifty(stage: Stage) -> Iterator[Sending]:
    """A batch of 50 in which one account has no homePage: a strict source refuses all of it."""
    first = instant(stage.timeline.on("2026-05-06"), 10 * 3600)
    people = [person for person in PEOPLE if person.is_active and person.start < "2026-01-01"]
    for number in range(50):
        when = first + timedelta(seconds=3 * number, milliseconds=211)
        kind: moodle.Noise = "page" if number % 3 else "course"
        sending = moodle.noise(stage, moodle_actor(people[number]), kind, when, "one bad of fifty")
        if number == 31:
            del sending.statement["actor"]["account"]["homePage"]
        yield replace(sending, batch="one bad of fifty", via="raw", expected="refused")


def customers(stage: Stage) -> Iterator[Sending]:
    """The 40 learners of customers, spread over product courses that no catalogue knows."""
    for number in range(1, CUSTOMERS_IN_MOODLE + 1):
        who = moodle.actor(str(8000 + number), f"Customer learner {number}")
        when = stage.moment(_some_day(stage, "customer", number), "customer", number)
        yield moodle.noise(stage, who, "login", when - timedelta(minutes=30), "customer")
        product = number % 8
        yield from moodle.course_completed(stage, who, 30 + product, f"Produktschulung {product + 1}", when)
    for number in range(1, CUSTOMERS_IN_OPENEDX + 1):
        who = openedx.actor(str(fixed_uuid("customer", number)))
        product = number % 5
        course = Course(
            "", f"Product training {product + 1}", "en", "openedx", 0, f"PROD{product + 1}", "", ""
        )
        when = stage.moment(_some_day(stage, "customer edx", number), "customer edx", number)
        run = openedx.run_of(when, 2025)
        yield openedx.registered(stage, who, course, run, when - timedelta(days=6))
        yield openedx.verdict(stage, who, course, run, when, "passed")


def strangers(stage: Stage) -> Iterator[Sending]:
    """Accounts that may belong to somebody: old Moodle numbers, former agency workers, private addresses."""
    for moodle_id in FORMER_MOODLE_IDS:
        when = stage.moment(_some_day(stage, moodle_id), "stranger", moodle_id)
        yield moodle.noise(
            stage, moodle.actor(moodle_id, f"Konto {moodle_id}"), "login", when - timedelta(minutes=60)
        )
        who = moodle.actor(moodle_id, f"Konto {moodle_id}")
        yield from moodle.quiz(stage, who, COURSE_BY_KEY["m-01"], when, 0.9, 0.8)
    for employee_number in FORMER_EMPLOYEE_NUMBERS:
        when = stage.moment(_some_day(stage, employee_number), "stranger", employee_number)
        yield from cmi5.session(stage, cmi5.actor(employee_number), COURSE_BY_KEY["c-08"], when, None)
    for number, address in enumerate(PRIVATE_ADDRESSES):
        when = stage.moment(_some_day(stage, address), "stranger", address)
        course = COURSE_BY_KEY[("s-01", "s-02", "s-03")[number % 3]]
        yield skillstream.completed(stage, skillstream.actor(address), course, when)


def _some_day(stage: Stage, *names: object) -> date:
    return stage.draws.between(
        stage.timeline.on("2025-06-02"), stage.timeline.on("2026-06-25"), "some day", *names
    )


def retries(sent: Sequence[Sending], stage: Stage) -> Iterator[Sending]:
    """Open edX retries what it could not confirm: the same statements again under the same ids, a day later."""
    passes = [sending for sending in sent if sending.source == openedx.SOURCE and sending.via == "tincan"]
    for sending in stage.draws.shuffled(passes, "retried")[:24]:
        yield sending.later(sending.sent_at + timedelta(days=1))


def small_talk(stage: Stage) -> Iterator[Sending]:
    """Forum and chat through the year, and posts in Open edX: none of it proves anything."""
    people: list[Person] = [person for person in PEOPLE if person.is_active and person.start < "2025-06-01"]
    kinds: tuple[moodle.Noise, ...] = ("chat", "forum", "page")
    for number in range(240):
        person = people[stage.draws.number(len(people), "talk", number)]
        when = stage.moment(_some_day(stage, "talk", number), "talk", number)
        yield moodle.noise(stage, moodle_actor(person), kinds[number % 3], when, "talk", number)
    for number in range(40):
        person = people[stage.draws.number(len(people), "post", number)]
        when = stage.moment(_some_day(stage, "post", number), "post", number)
        course = COURSE_BY_KEY[("x-01", "x-06")[number % 2]]
        yield openedx.noise(
            stage, openedx.actor(person.openedx_id), "posted", course, openedx.run_of(when, 2025), when
        )
