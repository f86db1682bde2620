"""Tables of what: learning objects and their aliases, rules, crosswalks, policy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Index, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, KnownTime, TwoTimes, big_key


class LearningObject(Base, TwoTimes):
    """What the catalogue calls one course, quiz or badge."""

    __tablename__ = "learning_object"
    __table_args__ = (Index("ix_learning_object_object_key", "object_key"),)
    row_id: Mapped[int] = big_key()
    object_key: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40))
    hours: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    cost: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)


class ObjectAlias(Base, TwoTimes):
    """An activity pattern (exact, `…*` prefix, `re:…` RE2) that means a learning object."""

    __tablename__ = "object_alias"
    row_id: Mapped[int] = big_key()
    pattern: Mapped[str] = mapped_column(Text)
    object_key: Mapped[str] = mapped_column(String(200))


class RuleVersion(Base, KnownTime):
    """A rule, or a pattern that only excludes, in one version; applies by the day of achievement."""

    __tablename__ = "rule_version"
    __table_args__ = (Index("ix_rule_version_rule_id", "rule_id", "version"),)
    row_id: Mapped[int] = big_key()
    pack: Mapped[str] = mapped_column(String(120))
    rule_id: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(64))
    applies_from: Mapped[date | None]
    applies_to: Mapped[date | None]
    document: Mapped[str] = mapped_column(Text)


class PatternVersion(Base, KnownTime):
    """A sender pattern in one version."""

    __tablename__ = "pattern_version"
    row_id: Mapped[int] = big_key()
    pack: Mapped[str] = mapped_column(String(120))
    pattern_id: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)


class Crosswalk(Base, TwoTimes):
    """A SKOS mapping between skills of two frameworks, naming both releases."""

    __tablename__ = "crosswalk"
    __table_args__ = (Index("ix_crosswalk_source_iri", "source_iri"),)
    row_id: Mapped[int] = big_key()
    source_iri: Mapped[str] = mapped_column(Text)
    target_iri: Mapped[str] = mapped_column(Text)
    relation: Mapped[str] = mapped_column(String(20))
    levels: Mapped[str] = mapped_column(Text)
    source_release: Mapped[str] = mapped_column(Text)
    target_release: Mapped[str] = mapped_column(Text)


class Policy(Base, KnownTime):
    """A company decision that figures depend on: accepted strength, time zone, scale, score scale of a source."""

    __tablename__ = "policy"
    __table_args__ = (Index("ix_policy_name", "name"),)
    row_id: Mapped[int] = big_key()
    name: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(Text)
