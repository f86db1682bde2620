"""All tables, one module a room; importing this package fills `Base.metadata`."""

from lms_bridge.store.models import credentials, evidence, frameworks, operations, people, skills, statements
from lms_bridge.store.models.base import Base

__all__ = ["Base", "credentials", "evidence", "frameworks", "operations", "people", "skills", "statements"]
