"""The use cases behind the pages, gathered under one name for the views."""

from lms_bridge.pipeline.person_pages import person
from lms_bridge.pipeline.proof_pages import ReasonNeededError, proof, statement
from lms_bridge.pipeline.report_pages import expiring, overview, team, teams
from lms_bridge.pipeline.role_pages import role, role_list
from lms_bridge.pipeline.skill_pages import skill, skills
from lms_bridge.pipeline.source_pages import sources

__all__ = [
    "ReasonNeededError",
    "expiring",
    "overview",
    "person",
    "proof",
    "role",
    "role_list",
    "skill",
    "skills",
    "sources",
    "statement",
    "team",
    "teams",
]
