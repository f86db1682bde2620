"""Using the one scope engine: what a reader sees, from the organisation as it is today by what is known now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.people.scope import Reader, Vision, vision_of
from lms_bridge.pipeline.viewing import default_day
from lms_bridge.settings import Settings
from lms_bridge.store import company as store

OPERATOR = Reader("command line", "admin")


def vision(session: Session, settings: Settings, reader: Reader) -> Vision:
    """Return what `reader` may see; rights follow today's organisation, also for reports of past days."""
    day, now = default_day(settings), clock.now()
    if reader.role in ("admin", "hr", "auditor", "employee"):
        return vision_of(reader, {}, {}, {}, {})
    tree = store.organisation(session, day, now)
    return vision_of(
        reader,
        {team.team_id: team.parent_team_id for team in tree.teams.values()},
        {team.team_id: team.manager_id for team in tree.teams.values()},
        store.members_by_team(session, day, now),
        store.managers(session, day, now),
    )
