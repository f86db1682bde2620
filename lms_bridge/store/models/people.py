"""Tables of who: persons, identities, teams, memberships, assignments, exemptions, dated attributes."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, KnownTime, TwoTimes, big_key


class Person(Base, TwoTimes):
    """Name, address and personal manager of an employee, as dated rows."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_person_id", "person_id"),)
    row_id: Mapped[int] = big_key()
    person_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    manager_id: Mapped[str | None] = mapped_column(String(80))


class PersonAttribute(Base, TwoTimes):
    """An `x_…` column of people.csv: site, legal entity, leave and the like."""

    __tablename__ = "person_attribute"
    __table_args__ = (Index("ix_person_attribute_person_id", "person_id", "name"),)
    row_id: Mapped[int] = big_key()
    person_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(Text)


class Identity(Base, TwoTimes):
    """An agent key that belongs to a person from one day to another."""

    __tablename__ = "identity"
    __table_args__ = (
        # Whose account was it: resolve an actor.
        Index("ix_identity_agent_key", "agent_key"),
        # All accounts of a person: derivation.
        Index("ix_identity_person_id", "person_id"),
    )
    row_id: Mapped[int] = big_key()
    agent_key: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(String(80))


class Team(Base, TwoTimes):
    """An organisational unit with its place in the tree and its manager."""

    __tablename__ = "team"
    __table_args__ = (Index("ix_team_team_id", "team_id"),)
    row_id: Mapped[int] = big_key()
    team_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(Text)
    parent_team_id: Mapped[str | None] = mapped_column(String(80))
    manager_id: Mapped[str | None] = mapped_column(String(80))


class Membership(Base, TwoTimes):
    """A person's place in a team: line, project, acting or secondment."""

    __tablename__ = "membership"
    __table_args__ = (
        Index("ix_membership_team_id", "team_id"),
        Index("ix_membership_person_id", "person_id"),
    )
    row_id: Mapped[int] = big_key()
    person_id: Mapped[str] = mapped_column(String(80))
    team_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    share: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))


class Role(Base, TwoTimes):
    """A role profile's name; its requirements are rows of `requirement`."""

    __tablename__ = "role"
    __table_args__ = (Index("ix_role_role_id", "role_id"),)
    row_id: Mapped[int] = big_key()
    role_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(Text)


class RoleOriginRow(Base, KnownTime):
    """Where a role profile came from: an occupation ("occupation"), or the role that it is a variant of ("role")."""

    __tablename__ = "role_origin"
    __table_args__ = (Index("ix_role_origin_role_id", "role_id"),)
    row_id: Mapped[int] = big_key()
    role_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    framework: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)


class Assignment(Base, TwoTimes):
    """A person in a role: main, second, acting (binding) or target (readiness only)."""

    __tablename__ = "assignment"
    __table_args__ = (Index("ix_assignment_person_id", "person_id"),)
    row_id: Mapped[int] = big_key()
    person_id: Mapped[str] = mapped_column(String(80))
    role_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))


class Exemption(Base, TwoTimes):
    """A person who need not meet a skill or a role's requirements, with the reason."""

    __tablename__ = "exemption"
    __table_args__ = (Index("ix_exemption_person_id", "person_id"),)
    row_id: Mapped[int] = big_key()
    person_id: Mapped[str] = mapped_column(String(80))
    skill_iri: Mapped[str | None] = mapped_column(Text)
    role_id: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)


class Requirement(Base, TwoTimes):
    """What a role or a team asks: a skill at a level; with a head-count it asks the team, not each person."""

    __tablename__ = "requirement"
    __table_args__ = (Index("ix_requirement_scope", "scope", "scope_id"),)
    row_id: Mapped[int] = big_key()
    scope: Mapped[str] = mapped_column(String(10))
    scope_id: Mapped[str] = mapped_column(String(80))
    skill_iri: Mapped[str] = mapped_column(Text)
    # "each" binds persons, "headcount" the team.
    asks: Mapped[str] = mapped_column(String(10))
    level: Mapped[int]
    headcount: Mapped[str | None] = mapped_column(String(10))
    importance: Mapped[str] = mapped_column(String(12))
    min_strength: Mapped[str | None] = mapped_column(String(20))
    due_within: Mapped[str | None] = mapped_column(String(20))
