"""Tables of skill frameworks: releases, skills with labels, parents, levels and collections, occupations with values.

A framework's releases follow one another in knowledge time. Rows of labels, parents, levels, collections and occupations are
closed (`known_to`) when a release no longer says them and opened when it says something new, so a past state can be read. A
skill's own row is never removed: one that a release leaves out has `known_to` set and status "vanished", and what was proved
of it stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms_bridge.store.models.base import Base, KnownTime, big_key


class Framework(Base):
    """A framework under the name that it was imported with."""

    __tablename__ = "framework"
    framework_id: Mapped[int] = big_key()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    format: Mapped[str] = mapped_column(String(20))


class FrameworkReleaseRow(Base, KnownTime):
    """One import of a framework that changed something; the open one is in force. `remarks` is a JSON list."""

    __tablename__ = "framework_release"
    # Which release is in force, and which ones there were.
    __table_args__ = (Index("ix_framework_release_framework_id", "framework_id", "known_from"),)
    release_id: Mapped[int] = big_key()
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.framework_id"))
    version: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))
    remarks: Mapped[str] = mapped_column(Text)


class FrameworkLevel(Base, KnownTime):
    """One step of a framework's own scale."""

    __tablename__ = "framework_level"
    __table_args__ = (Index("ix_framework_level_framework_id", "framework_id"),)
    row_id: Mapped[int] = big_key()
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.framework_id"))
    step: Mapped[int]
    name: Mapped[str] = mapped_column(Text)


class Skill(Base):
    """A concept of a framework, once and for all; `status` is the publisher's word, or "vanished"."""

    __tablename__ = "skill"
    # All skills of a framework: import and lists.
    __table_args__ = (Index("ix_skill_framework_id", "framework_id"),)
    skill_id: Mapped[int] = big_key()
    iri: Mapped[str] = mapped_column(Text, unique=True)
    short_id: Mapped[str] = mapped_column(String(12), unique=True)
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.framework_id"))
    kind: Mapped[str] = mapped_column(String(40))
    description: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(40))
    first_release_id: Mapped[int] = mapped_column(ForeignKey("framework_release.release_id"))
    last_release_id: Mapped[int] = mapped_column(ForeignKey("framework_release.release_id"))
    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]


class SkillLabel(Base, KnownTime):
    """A name of a skill in a language; `search_text` is the case-folded text that searches compare."""

    __tablename__ = "skill_label"
    __table_args__ = (
        # How is a skill called.
        Index("ix_skill_label_skill_id", "skill_id"),
        # Which skill is called exactly so.
        Index("ix_skill_label_search_text", "search_text"),
    )
    row_id: Mapped[int] = big_key()
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    lang: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text)


class SkillParent(Base, KnownTime):
    """A skill stands below another; a skill may have several parents."""

    __tablename__ = "skill_parent"
    __table_args__ = (
        # What is a skill part of.
        Index("ix_skill_parent_skill_id", "skill_id"),
        # What stands below a skill.
        Index("ix_skill_parent_parent_skill_id", "parent_skill_id"),
    )
    row_id: Mapped[int] = big_key()
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    parent_skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))


class SkillLevel(Base, KnownTime):
    """One step of a skill's own scale, where it has one."""

    __tablename__ = "skill_level"
    __table_args__ = (Index("ix_skill_level_skill_id", "skill_id"),)
    row_id: Mapped[int] = big_key()
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    step: Mapped[int]
    name: Mapped[str] = mapped_column(Text)


class SkillCollection(Base, KnownTime):
    """A skill belongs to a collection of its publisher, like ESCO's "digital"."""

    __tablename__ = "skill_collection"
    __table_args__ = (Index("ix_skill_collection_skill_id", "skill_id"),)
    row_id: Mapped[int] = big_key()
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    name: Mapped[str] = mapped_column(String(200))


class OccupationRow(Base):
    """An occupation of a framework's publisher; like a skill it is closed, never removed."""

    __tablename__ = "occupation"
    __table_args__ = (UniqueConstraint("framework_id", "code"),)
    occupation_id: Mapped[int] = big_key()
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.framework_id"))
    code: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    job_zone: Mapped[int | None]
    known_from: Mapped[datetime]
    known_to: Mapped[datetime | None]


class OccupationValueRow(Base, KnownTime):
    """What the publisher measured of a skill in an occupation; nobody's level. `month` is "YYYY-MM" or ""."""

    __tablename__ = "occupation_value"
    # Which skills does an occupation need: proposals for a role.
    __table_args__ = (Index("ix_occupation_value_occupation_id", "occupation_id"),)
    row_id: Mapped[int] = big_key()
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.occupation_id"))
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    scale_id: Mapped[str] = mapped_column(String(20))
    value: Mapped[float] = mapped_column(Double)
    is_suppressed: Mapped[bool]
    is_not_relevant: Mapped[bool]
    month: Mapped[str] = mapped_column(String(7))


class OccupationTechnologyRow(Base, KnownTime):
    """A product used in an occupation, under the skill of its commodity."""

    __tablename__ = "occupation_technology"
    # Which products does an occupation use: proposals for a role.
    __table_args__ = (Index("ix_occupation_technology_occupation_id", "occupation_id"),)
    row_id: Mapped[int] = big_key()
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.occupation_id"))
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    example: Mapped[str] = mapped_column(Text)
    is_hot: Mapped[bool]
    is_in_demand: Mapped[bool]


class OccupationScale(Base, KnownTime):
    """A scale of occupation values, as published: 0 to 7, 1 to 5."""

    __tablename__ = "occupation_scale"
    __table_args__ = (Index("ix_occupation_scale_framework_id", "framework_id"),)
    row_id: Mapped[int] = big_key()
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.framework_id"))
    scale_id: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Text)
    minimum: Mapped[float] = mapped_column(Double)
    maximum: Mapped[float] = mapped_column(Double)


class OccupationAnchor(Base, KnownTime):
    """An example of what an occupation's value of a skill means."""

    __tablename__ = "occupation_anchor"
    __table_args__ = (Index("ix_occupation_anchor_skill_id", "skill_id"),)
    row_id: Mapped[int] = big_key()
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.skill_id"))
    scale_id: Mapped[str] = mapped_column(String(20))
    value: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
