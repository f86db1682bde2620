"""A skill whose scale leaves steps out, as SFIA's do: requirements and certificates may name its highest step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lms_bridge import clock
from lms_bridge.errors import FileRefusedError
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.imports import import_requirements
from lms_bridge.store.database import session_of
from tests.pipeline.company import Company
from tests.skills.formats.test_sfia import FILES, ROOT

HEADER = "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to\n"


@pytest.fixture
def company(migrated_database_url: str, tmp_path: Path) -> Iterator[Company]:
    opened = Company.open(migrated_database_url, tmp_path)
    yield opened
    opened.close()


def test_a_requirement_may_ask_for_the_highest_step_and_not_for_one_above(company: Company) -> None:
    company.roster({"ada": ["ada"]})
    with session_of(company.engine) as session:
        import_framework(session, format="sfia", files=FILES, known_at=clock.now())
        for level, is_allowed in ((7, True), (8, False)):
            content = f"{HEADER}team,T,Team,{ROOT}COFE,{level},,,\n".encode()
            if is_allowed:
                assert len(import_requirements(session, company.settings, content).lines) == 1
            else:
                with pytest.raises(FileRefusedError, match="7"):
                    import_requirements(session, company.settings, content)
