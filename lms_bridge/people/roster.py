"""Roster files: teams, people, memberships, assignments and exemptions as CSV, checked and turned into changes.

Source of the columns and dates: docs/files.md. All or nothing: any problem refuses the whole folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from lms_bridge.csv_tables import Line, Table, read_table
from lms_bridge.errors import FileProblem, FileRefusedError, InvalidInputError
from lms_bridge.timelines import Change, Key, Span, Timeline, before, differences, joined, restated

FILES = ("teams.csv", "people.csv", "memberships.csv", "assignments.csv", "exemptions.csv")
MEMBERSHIP_KINDS = ("line", "project", "acting", "secondment")
ASSIGNMENT_KINDS = ("main", "second", "acting", "target")
IDENTITY_PREFIXES = ("mbox:mailto:", "mbox_sha1sum:", "openid:", "account:")


@dataclass(frozen=True, slots=True)
class RosterState:
    """What is stored and known now: timelines by table and key, and every identity's holders."""

    teams: Mapping[Key, Timeline] = field(default_factory=dict)
    people: Mapping[Key, Timeline] = field(default_factory=dict)
    attributes: Mapping[Key, Timeline] = field(default_factory=dict)
    identities: Mapping[Key, Timeline] = field(default_factory=dict)
    memberships: Mapping[Key, Timeline] = field(default_factory=dict)
    assignments: Mapping[Key, Timeline] = field(default_factory=dict)
    roles: Mapping[Key, Timeline] = field(default_factory=dict)
    exemptions: Mapping[Key, Timeline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """All changes of an import, ready to be written or shown."""

    changes: tuple[Change, ...]
    ended_people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _PersonLine:
    line: Line
    person_id: str
    team_id: str
    role_ids: tuple[str, ...]
    identities: tuple[str, ...]
    email: str
    start: date | None
    end: date | None
    valid_from: date | None


def plan_roster(
    files: Mapping[str, bytes], state: RosterState, today: date, end_share_limit: float
) -> RosterPlan:
    """Check the files and return the changes against `state`; files it does not know are ignored.

    Raises:
        FileRefusedError: with every fault found, none of the changes made.
    """
    if not any(name in files for name in FILES):
        raise FileRefusedError(
            [FileProblem("roster", 0, "", "", f"none of {', '.join(FILES)} is there; add one")]
        )
    reader = _Reader(state, today)
    if "teams.csv" in files:
        reader.teams(files["teams.csv"])
    if "people.csv" in files:
        reader.people(files["people.csv"])
    listed = {
        "memberships.csv": reader.dated(files, "memberships.csv", "team_id", MEMBERSHIP_KINDS, "line"),
        "assignments.csv": reader.dated(files, "assignments.csv", "role_id", ASSIGNMENT_KINDS, "main"),
    }
    if "exemptions.csv" in files:
        reader.exemptions(files["exemptions.csv"])
    if "people.csv" in files:
        reader.place_people(listed, end_share_limit)
    if reader.problems:
        raise FileRefusedError(reader.problems)
    return reader.plan()


class _Reader:
    """One import: collects problems and wanted timelines per table."""

    def __init__(self, state: RosterState, today: date) -> None:
        self.state = state
        self.today = today
        self.problems: list[FileProblem] = []
        self.wanted: dict[str, dict[Key, Timeline]] = {name: {} for name in RosterState.__dataclass_fields__}
        self.person_lines: dict[str, _PersonLine] = {}
        self.team_ids = {key[0] for key in state.teams}
        self.person_ids = {key[0] for key in state.people}
        self.ended: list[str] = []

    def plan(self) -> RosterPlan:
        changes: list[Change] = []
        for table, wanted in self.wanted.items():
            changes += differences(table, getattr(self.state, table), wanted)
        return RosterPlan(tuple(changes), tuple(self.ended))

    def teams(self, content: bytes) -> None:
        table = read_table(
            "teams.csv", content, ("team_id", "name", "parent_team_id", "manager_id"), ("valid_from",)
        )
        said: dict[Key, list[tuple[tuple[object, ...], date | None]]] = {}
        lines: dict[str, Line] = {}
        for line in table.lines:
            team_id = table.need(line, "team_id")
            begin = table.day(line, "valid_from")
            rows = said.setdefault((team_id,), [])
            if any(begin == other for _, other in rows):
                table.complain(line, "team_id", "stands twice with the same valid_from; remove one line")
            rows.append(
                (
                    (table.need(line, "name"), line["parent_team_id"] or None, line["manager_id"] or None),
                    begin,
                )
            )
            lines[team_id] = line
        self.team_ids |= set(lines)
        for line in table.lines:
            if line["parent_team_id"] and line["parent_team_id"] not in self.team_ids:
                table.complain(line, "parent_team_id", "no such team; add its line or correct the id")
        for key, rows in said.items():
            self.wanted["teams"][key] = restated(self.state.teams.get(key, ()), rows, self.today)
        self._refuse_cycles(table, lines)
        self.problems += table.problems

    def _refuse_cycles(self, table: Table, lines: Mapping[str, Line]) -> None:
        parents = {
            key[0]: timeline[-1].values[1]
            for source in (self.state.teams, self.wanted["teams"])
            for key, timeline in source.items()
            if timeline
        }
        for team_id, line in lines.items():
            seen = {team_id}
            current = parents.get(team_id)
            while current is not None and current not in seen:
                seen.add(current)
                current = parents.get(current)
            if current == team_id:
                table.complain(line, "parent_team_id", "the team lies below itself; break the circle")

    def people(self, content: bytes) -> None:
        table = read_table(
            "people.csv",
            content,
            (
                "person_id",
                "name",
                "email",
                "team_id",
                "manager_id",
                "role_ids",
                "identities",
                "start_date",
                "end_date",
                "valid_from",
            ),
            attributes=True,
        )
        attributes = [name for name in table.columns if name.startswith("x_")]
        for line in table.lines:
            person_id = table.need(line, "person_id")
            if person_id in self.person_lines:
                table.complain(
                    line, "person_id", f"stands twice (line {self.person_lines[person_id].line.number})"
                )
                continue
            start, end = table.day(line, "start_date"), table.last_day(line, "end_date")
            if start is not None and end is not None and end <= start:
                table.complain(line, "end_date", "lies before start_date")
            if line["email"] and "@" not in line["email"]:
                table.complain(line, "email", "is no address; write name@host")
            self.person_lines[person_id] = _PersonLine(
                line,
                person_id,
                line["team_id"],
                _listed(line["role_ids"]),
                self._identities(table, line),
                line["email"],
                start,
                end,
                table.day(line, "valid_from"),
            )
            name = table.need(line, "name")
            self._say(
                "people",
                (person_id,),
                (name, line["email"], line["manager_id"] or None),
                line,
                table.day(line, "valid_from"),
            )
            for attribute in attributes:
                key = (person_id, attribute)
                if line[attribute] or key in self.state.attributes:
                    self._say("attributes", key, (line[attribute],), line, table.day(line, "valid_from"))
        self.person_ids |= set(self.person_lines)
        for person in self.person_lines.values():
            if person.team_id and person.team_id not in self.team_ids:
                table.complain(person.line, "team_id", "no such team; add it to teams.csv or correct the id")
            manager = person.line["manager_id"]
            if manager and manager not in self.person_ids:
                table.complain(person.line, "manager_id", "no such person; add their line or correct the id")
        self.problems += table.problems

    def _say(
        self, table: str, key: Key, values: tuple[object, ...], line: Line, valid_from: date | None
    ) -> None:
        """State one value: on first sight it holds without a beginning, a change from valid_from or today."""
        del line
        current: Timeline = getattr(self.state, table).get(key, ())
        begin = valid_from if current else None
        if current and current[-1].values == values and current[-1].end is None:
            self.wanted[table][key] = current
            return
        self.wanted[table][key] = restated(current, [(values, begin)], self.today)

    def _identities(self, table: Table, line: Line) -> tuple[str, ...]:
        found = _listed(line["identities"])
        for identity in found:
            if not identity.startswith(IDENTITY_PREFIXES) or (
                identity.startswith("account:") and "|" not in identity.removeprefix("account:")
            ):
                table.problems.append(
                    FileProblem(
                        table.file,
                        line.number,
                        "identities",
                        identity,
                        "write mbox:mailto:a@b, mbox_sha1sum:…, openid:… or account:<homePage>|<name>",
                    )
                )
        return tuple(_identity_key(identity) for identity in found)

    def dated(
        self, files: Mapping[str, bytes], file: str, target: str, kinds: Sequence[str], default: str
    ) -> dict[str, dict[Key, list[Span]]]:
        """Read memberships.csv or assignments.csv: rows by person and key."""
        found: dict[str, dict[Key, list[Span]]] = {}
        if file not in files:
            return found
        optional = ("share",) if target == "team_id" else ()
        table = read_table(
            file, files[file], ("person_id", target, "kind", "valid_from", "valid_to"), optional
        )
        for line in table.lines:
            person_id, target_id = table.need(line, "person_id"), table.need(line, target)
            kind = table.one_of(line, "kind", kinds, default)
            if person_id not in self.person_ids:
                table.complain(line, "person_id", "no such person; add them to people.csv or correct the id")
            if target == "team_id" and target_id not in self.team_ids:
                table.complain(line, "team_id", "no such team; add it to teams.csv or correct the id")
            begin, end = table.day(line, "valid_from"), table.last_day(line, "valid_to")
            if begin is not None and end is not None and end <= begin:
                table.complain(line, "valid_to", "lies before valid_from")
                continue
            share = table.read(line, "share", _share, None) if optional else None
            values: tuple[object, ...] = (share,) if optional else ()
            spans = found.setdefault(person_id, {}).setdefault((person_id, target_id, kind), [])
            if any(_overlap(span, Span(values, begin, end)) for span in spans):
                table.complain(line, "valid_from", "overlaps another line of the same person, place and kind")
            spans.append(Span(values, begin, end))
        self.problems += table.problems
        return found

    def exemptions(self, content: bytes) -> None:
        table = read_table(
            "exemptions.csv",
            content,
            ("person_id", "reason", "valid_from", "valid_to"),
            ("skill_iri", "role_id"),
        )
        wanted: dict[Key, list[Span]] = {}
        for line in table.lines:
            person_id = table.need(line, "person_id")
            if person_id not in self.person_ids:
                table.complain(line, "person_id", "no such person; add them to people.csv or correct the id")
            if bool(line["skill_iri"]) == bool(line["role_id"]):
                table.complain(line, "skill_iri", "state either skill_iri or role_id")
            reason = table.need(line, "reason")
            key: Key = (person_id, line["skill_iri"], line["role_id"])
            begin, end = table.day(line, "valid_from"), table.last_day(line, "valid_to")
            wanted.setdefault(key, []).append(Span((reason,), begin, end))
        for key, spans in wanted.items():
            self.wanted["exemptions"][key] = joined(spans)
        self.problems += table.problems

    def place_people(
        self, listed: Mapping[str, Mapping[str, Mapping[Key, Sequence[Span]]]], end_share_limit: float
    ) -> None:
        """Work out memberships, assignments and identities of everybody, and end those who are absent."""
        for person in self.person_lines.values():
            own = listed["memberships.csv"].get(person.person_id)
            self._set("memberships", person, own if own is not None else self._team_of(person))
            own = listed["assignments.csv"].get(person.person_id)
            self._set("assignments", person, own if own is not None else self._roles_of(person))
        for table in ("assignments",):
            for key in self.wanted[table]:
                role = (key[1],)
                if role not in self.state.roles and role not in self.wanted["roles"]:
                    self.wanted["roles"][role] = (Span((key[1],), None, None),)
        self._hold_identities()
        self._end_absent(end_share_limit)

    def _set(self, table: str, person: _PersonLine, rows: Mapping[Key, Sequence[Span]]) -> None:
        """Take `rows` as the person's whole story; what is stored and absent here ends today."""
        current = {
            key: timeline
            for key, timeline in getattr(self.state, table).items()
            if key[0] == person.person_id
        }
        for key, spans in rows.items():
            self.wanted[table][key] = joined(spans)
        for key, timeline in current.items():
            if key not in rows:
                self.wanted[table][key] = before(timeline, self.today)

    def _team_of(self, person: _PersonLine) -> dict[Key, Sequence[Span]]:
        current = {
            known: timeline
            for known, timeline in self.state.memberships.items()
            if known[0] == person.person_id and known[2] == "line"
        }
        key: Key = (person.person_id, person.team_id, "line")
        change = person.valid_from or self.today
        rows: dict[Key, Sequence[Span]] = {
            other: before(line, change) for other, line in current.items() if other != key
        }
        if person.team_id:
            rows[key] = _placed((None,), current.get(key, ()), person, bool(current), self.today)
        return rows

    def _roles_of(self, person: _PersonLine) -> dict[Key, Sequence[Span]]:
        current = {
            known: line for known, line in self.state.assignments.items() if known[0] == person.person_id
        }
        change = person.valid_from or self.today
        rows: dict[Key, Sequence[Span]] = {}
        for number, role_id in enumerate(person.role_ids):
            key: Key = (person.person_id, role_id, "main" if number == 0 else "second")
            rows[key] = _placed((), current.get(key, ()), person, bool(current), self.today)
        for known, timeline in current.items():
            if known not in rows:
                rows[known] = before(timeline, change)
        return rows

    def _hold_identities(self) -> None:
        """Decide who has which account when.

        One that nobody else ever held counts without a beginning; one that another held before counts from
        valid_from, else start_date, and ends the other's time. An address counts until it changes.
        """
        claims: dict[str, dict[str, _PersonLine]] = {}
        for person in self.person_lines.values():
            own = {
                *person.identities,
                *((_identity_key(f"mbox:mailto:{person.email}"),) if person.email else ()),
            }
            for identity in own:
                claims.setdefault(identity, {})[person.person_id] = person
        self._retire_identities(claims)
        for identity, holders in claims.items():
            stored = {
                key[1]: timeline
                for key, timeline in self.state.identities.items()
                if key[0] == identity and timeline
            }
            others = {person_id: line for person_id, line in stored.items() if person_id not in holders}
            if len(holders) + len(others) == 1:
                person_id = next(iter(holders))
                self.wanted["identities"][identity, person_id] = stored.get(person_id) or (
                    Span((), None, None),
                )
                continue
            self._share_out(identity, holders, stored, others)

    def _share_out(
        self,
        identity: str,
        holders: Mapping[str, _PersonLine],
        stored: Mapping[str, Timeline],
        others: Mapping[str, Timeline],
    ) -> None:
        starts: list[tuple[date, str]] = []
        for person_id, person in holders.items():
            begin = stored[person_id][0].begin if person_id in stored else person.valid_from or person.start
            starts.append((begin or date.min, person_id))
        starts += [(line[0].begin or date.min, person_id) for person_id, line in others.items()]
        starts.sort()
        for number, (begin, person_id) in enumerate(starts):
            following = starts[number + 1][0] if number + 1 < len(starts) else None
            own_end = holders[person_id].end if person_id in holders else others[person_id][-1].end
            ends = [day for day in (following, own_end) if day is not None]
            span = Span((), None if number == 0 else begin, min(ends, default=None))
            self.wanted["identities"][identity, person_id] = joined([span])

    def _retire_identities(self, claims: Mapping[str, Mapping[str, _PersonLine]]) -> None:
        """End the address that changed; take back an account that is no longer listed: it was joined in error."""
        for key, timeline in self.state.identities.items():
            identity, person_id = key
            person = self.person_lines.get(person_id)
            if person is None or person_id in claims.get(identity, {}) or not timeline:
                continue
            old = self.state.people.get((person_id,), ())
            was_address = any(_identity_key(f"mbox:mailto:{span.values[1]}") == identity for span in old)
            if was_address:
                if timeline[-1].end is None:
                    self.wanted["identities"][key] = before(timeline, person.valid_from or self.today)
            elif identity.startswith(("mbox:", "account:", "openid:", "mbox_sha1sum:")):
                self.wanted["identities"][key] = ()

    def _end_absent(self, end_share_limit: float) -> None:
        current = {
            key[0]
            for key, timeline in self.state.memberships.items()
            if any(span.covers(self.today) for span in timeline)
        }
        absent = sorted(current - set(self.person_lines))
        if current and len(absent) / len(current) > end_share_limit:
            self.problems.append(
                FileProblem(
                    "people.csv",
                    0,
                    "",
                    "",
                    f"{len(absent)} of {len(current)} people are absent and would end today, more than the share "
                    f"{end_share_limit}; is the file cut off? Else raise roster_end_share_limit for this import",
                )
            )
        for table in ("memberships", "assignments"):
            for key, timeline in getattr(self.state, table).items():
                if key[0] in absent:
                    self.wanted[table][key] = before(timeline, self.today)
        self.ended = absent


def _placed(
    values: tuple[object, ...], current: Timeline, person: _PersonLine, is_known: bool, today: date
) -> Timeline:
    """Return the timeline of a team or role that people.csv names for a person."""
    if not current:
        begin = (person.valid_from or today) if is_known else person.start
        return joined([Span(values, begin, person.end)])
    last = current[-1]
    if last.end is not None and person.end is None:
        begin = (
            person.start
            if person.start is not None and person.start >= last.end
            else person.valid_from or today
        )
        return joined((*current, Span(values, begin, None)))
    return joined((*current[:-1], Span(last.values, last.begin, person.end)))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def _identity_key(identity: str) -> str:
    """Return the agent key of an identity as statements spell it: addresses compare without case."""
    return identity.lower() if identity.startswith("mbox:mailto:") else identity


def _overlap(one: Span, other: Span) -> bool:
    return (one.end is None or other.begin is None or other.begin < one.end) and (
        other.end is None or one.begin is None or one.begin < other.end
    )


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise InvalidInputError("is no share; write 60 % as 0.6") from None
    share = share / 100 if text.endswith("%") else share
    if not 0 < share <= 1:
        raise InvalidInputError("is out of range; a share is more than 0 and at most 1")
    return share.quantize(Decimal("0.01"))
