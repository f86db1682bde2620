"""Roster files: teams, people, memberships, assignments and exemptions as CSV, checked and turned into changes.

Source of the columns and dates: docs/files.md. All or nothing: any problem refuses the whole folder.
"""

from __future__ import annotations

import re
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
    reader.place_people(listed, files, end_share_limit)
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
                table.day(line, "valid_from"),
            )
            for attribute in attributes:
                # An empty cell is said too: only so is a first leave a change, and not a leave since ever.
                begin = table.day(line, "valid_from")
                self._say("attributes", (person_id, attribute), (line[attribute],), begin, first=begin)
        self.person_ids |= set(self.person_lines)
        for person in self.person_lines.values():
            if person.team_id and person.team_id not in self.team_ids:
                table.complain(person.line, "team_id", "no such team; add it to teams.csv or correct the id")
            manager = person.line["manager_id"]
            if manager and manager not in self.person_ids:
                table.complain(person.line, "manager_id", "no such person; add their line or correct the id")
        self.problems += table.problems

    def _say(
        self,
        table: str,
        key: Key,
        values: tuple[object, ...],
        valid_from: date | None,
        *,
        first: date | None = None,
    ) -> None:
        """State one value: on first sight it holds from `first` (None: always), a change from valid_from or today."""
        current: Timeline = getattr(self.state, table).get(key, ())
        begin = valid_from if current else first
        if current and current[-1].values == values and current[-1].end is None:
            self.wanted[table][key] = current
            return
        self.wanted[table][key] = restated(current, [(values, begin)], self.today)

    def _identities(self, table: Table, line: Line) -> tuple[str, ...]:
        found = _listed(line["identities"])
        for identity in found:
            if not _is_identity(identity):
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
            span = Span((reason,), begin, end)
            if begin is not None and end is not None and end <= begin:
                table.complain(line, "valid_to", "lies before valid_from")
            elif any(_overlap(other, span) for other in wanted.get(key, ())):
                table.complain(line, "valid_from", "overlaps another exemption of the same person and thing")
            wanted.setdefault(key, []).append(span)
        for key, spans in wanted.items():
            self.wanted["exemptions"][key] = joined(spans)
        self.problems += table.problems

    def place_people(
        self,
        listed: Mapping[str, Mapping[str, Mapping[Key, Sequence[Span]]]],
        files: Mapping[str, bytes],
        end_share_limit: float,
    ) -> None:
        """Work out memberships, assignments and identities of everybody, and end those who are absent.

        Without people.csv only those whom memberships.csv and assignments.csv list are placed anew.
        """
        has_people = "people.csv" in files
        for table, own_of in (("memberships", self._team_of), ("assignments", self._roles_of)):
            file = f"{table}.csv"
            for person_id, rows in sorted(listed[file].items()):
                if has_people and person_id not in self.person_lines:
                    remedy = "is not in people.csv of this import, so ends today; add the person's line there"
                    self.problems.append(FileProblem(file, 0, "person_id", person_id, remedy))
                self._set(table, person_id, rows)
            for person in self.person_lines.values():
                if person.person_id not in listed[file]:
                    self._set(table, person.person_id, own_of(person), is_whole=file in files)
        for key in self.wanted["assignments"]:
            role = (key[1],)
            if role not in self.state.roles and role not in self.wanted["roles"]:
                self.wanted["roles"][role] = (Span((key[1],), None, None),)
        if has_people:
            self._hold_identities()
            self._end_absent(end_share_limit)

    def _set(
        self, table: str, person_id: str, rows: Mapping[Key, Sequence[Span]], *, is_whole: bool = True
    ) -> None:
        """Take `rows` as the person's story; where it is the whole one, what is stored and absent here ends today."""
        for key, spans in rows.items():
            self.wanted[table][key] = joined(spans)
        for key, timeline in getattr(self.state, table).items():
            if is_whole and key[0] == person_id and key not in rows:
                self.wanted[table][key] = before(timeline, self.today)

    def _stored(self, table: str, person: _PersonLine, kinds: Sequence[str]) -> dict[Key, Timeline]:
        """Return what people.csv speaks of: the person's stored timelines of some kinds."""
        return {
            key: timeline
            for key, timeline in getattr(self.state, table).items()
            if key[0] == person.person_id and key[2] in kinds and timeline
        }

    def _team_of(self, person: _PersonLine) -> dict[Key, Sequence[Span]]:
        keys: list[Key] = [(person.person_id, person.team_id, "line")] if person.team_id else []
        return self._placed(person, keys, self._stored("memberships", person, ("line",)), (None,))

    def _roles_of(self, person: _PersonLine) -> dict[Key, Sequence[Span]]:
        keys: list[Key] = [
            (person.person_id, role_id, "second" if number else "main")
            for number, role_id in enumerate(person.role_ids)
        ]
        return self._placed(person, keys, self._stored("assignments", person, ("main", "second")), ())

    def _placed(
        self,
        person: _PersonLine,
        keys: Sequence[Key],
        current: Mapping[Key, Timeline],
        values: tuple[object, ...],
    ) -> dict[Key, Sequence[Span]]:
        """Return the timelines after people.csv names `keys` for a person who has `current`."""
        change = person.valid_from or self.today
        ends = [timeline[-1].end for timeline in current.values()]
        left = max((end for end in ends if end is not None), default=None)
        if left is not None and None not in ends and person.start is not None and person.start >= left:
            change = person.start  # A rehire: the gap since the last day stays.
        rows: dict[Key, Sequence[Span]] = {
            key: before(timeline, change) for key, timeline in current.items() if key not in keys
        }
        for key in keys:
            timeline = current.get(key, ())
            if not current and (person.person_id,) not in self.state.people:
                rows[key] = (Span(values, person.start, person.end),)
            elif not timeline:
                rows[key] = (Span(values, change, person.end),)
            elif timeline[-1].end is not None and (person.end is None or person.end > timeline[-1].end):
                rows[key] = _resumed(timeline, values, change, person.end)
            else:
                last = timeline[-1]
                rows[key] = (*timeline[:-1], Span(last.values, last.begin, person.end))
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
            for identity in sorted(own):
                claims.setdefault(identity, {})[person.person_id] = person
        stored: dict[str, dict[str, Timeline]] = {}
        for (identity, person_id), timeline in self.state.identities.items():
            if timeline:
                stored.setdefault(identity, {})[person_id] = timeline
        self._retire_identities(claims)
        for identity, holders in claims.items():
            self._share_out(identity, holders, stored.get(identity, {}))

    def _share_out(
        self, identity: str, holders: Mapping[str, _PersonLine], stored: Mapping[str, Timeline]
    ) -> None:
        if len({*holders, *stored}) == 1:
            self.wanted["identities"][identity, next(iter(holders))] = (Span((), None, None),)
            return
        # (since when, who, until when at the latest): a holder's time also ends where the next one's begins.
        times: list[tuple[date, str, date | None]] = []
        left: dict[str, Timeline] = {}
        for person_id, timeline in stored.items():
            retired = self.wanted["identities"].get((identity, person_id))
            left[person_id] = retired or timeline
        ended = max(
            (span.end for other, line in left.items() if other not in holders for span in line if span.end),
            default=date.min,
        )
        for person_id, person in holders.items():
            if person_id not in stored:
                times.append((person.valid_from or person.start or ended, person_id, None))
            elif stored[person_id][-1].end is not None:
                times.append((person.valid_from or self.today, person_id, None))
                left[person_id] = before(left[person_id], times[-1][0])
        first = min((begin for begin, _, _ in times), default=None)
        for person_id, timeline in left.items():
            kept = timeline
            if person_id not in holders and first is not None:
                # Without any day for the right person, the one to whom it was joined in error never had it.
                kept = before(timeline, first) if first > date.min else ()
                self.wanted["identities"][identity, person_id] = kept
            times += [(span.begin or date.min, person_id, span.end) for span in kept]
        times.sort(key=lambda item: item[:2])
        found: dict[str, list[Span]] = {}
        for number, (begin, person_id, end) in enumerate(times):
            following = times[number + 1][0] if number + 1 < len(times) else None
            if following == begin:
                self._complain_of_shared(identity, holders, {*holders, *stored})
            leaves = holders[person_id].end if person_id in holders and following is not None else None
            ends = [day for day in (following, end, leaves) if day is not None]
            found.setdefault(person_id, []).append(
                Span((), None if number == 0 else begin, min(ends, default=None))
            )
        for person_id, spans in found.items():
            self.wanted["identities"][identity, person_id] = joined(spans)

    def _complain_of_shared(
        self, identity: str, holders: Mapping[str, _PersonLine], everybody: set[str]
    ) -> None:
        """Refuse an account that two people claim from the same day: nobody could say whose a statement is."""
        line = max(holders.values(), key=lambda person: person.line.number).line
        column = "email" if identity == _identity_key(f"mbox:mailto:{line['email']}") else "identities"
        names = ", ".join(sorted(everybody))
        remedy = f"belongs to several people from the same day ({names}); state start_date or valid_from, or keep one"
        self.problems.append(FileProblem("people.csv", line.number, column, identity, remedy))

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
            for table in ("memberships", "assignments")
            for key, timeline in getattr(self.state, table).items()
            if any(span.end is None or span.end > self.today for span in timeline)
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
        gone = set(absent)
        for table in ("memberships", "assignments"):
            for key, timeline in getattr(self.state, table).items():
                if key[0] in gone:
                    self.wanted[table][key] = before(timeline, self.today)
        self.ended = absent


def _resumed(
    timeline: Timeline, values: tuple[object, ...], change: date, end: date | None
) -> tuple[Span, ...]:
    """Return a timeline that was over and goes on from `change`, at the earliest from its end."""
    last = timeline[-1]
    begin = change if last.end is None else max(change, last.end)
    return (*timeline, Span(values, begin, end))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def _identity_key(identity: str) -> str:
    """Return the agent key of an identity as statements spell it: addresses and digests compare without case."""
    return identity.lower() if identity.startswith(("mbox:mailto:", "mbox_sha1sum:")) else identity


def _is_identity(identity: str) -> bool:
    kind, _, rest = identity.partition(":")
    match kind:
        case "mbox":
            return rest.startswith("mailto:") and "@" in rest
        case "mbox_sha1sum":
            return re.fullmatch(r"[0-9a-fA-F]{40}", rest) is not None
        case "openid":
            return ":" in rest
        case "account":
            return "|" in rest
        case _:
            return False


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
