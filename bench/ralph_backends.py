"""Two backends for Ralph, copied beside its server: one stores nothing, one answers every query with the same page.

They cost Ralph nothing, so that what is measured is its way from the request to the backend and back, and no database.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ralph.backends.data.base import DataBackendStatus  # type: ignore[import-not-found,unused-ignore] # in Ralph's venv
from ralph.backends.lrs.base import (  # type: ignore[import-not-found,unused-ignore] # in Ralph's venv
    BaseLRSBackend,
    BaseLRSBackendSettings,
    StatementQueryResult,
)


class NothingBackend(BaseLRSBackend[BaseLRSBackendSettings]):  # type: ignore[misc,unused-ignore] # unknown here
    """Takes every statement and keeps none."""

    settings_class = BaseLRSBackendSettings

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings or BaseLRSBackendSettings())

    def status(self) -> DataBackendStatus:
        """Tell that all is well."""
        return DataBackendStatus.OK

    def _read_dicts(self, *_: Any, **__: Any) -> Iterable[Any]:
        return iter(())

    def write(self, data: Iterable[Any], *_: Any, **__: Any) -> int:
        """Return how many statements came."""
        return sum(1 for _ in data)

    def close(self) -> None:
        """Do nothing."""

    def query_statements(self, params: Any, target: str | None = None) -> StatementQueryResult:
        """Return an empty page."""
        del params, target
        return StatementQueryResult(statements=[])

    def query_statements_by_ids(self, ids: list[str], target: str | None = None) -> Iterable[Any]:
        """Return nothing: no id is known."""
        del ids, target
        return iter(())


class ReadyBackend(NothingBackend):
    """Answers every query with the statements of the file that LMS_BRIDGE_BENCH_PAGE names, read once."""

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.page: list[Any] = json.loads(Path(os.environ["LMS_BRIDGE_BENCH_PAGE"]).read_bytes())

    def query_statements(self, params: Any, target: str | None = None) -> StatementQueryResult:
        """Return the page."""
        del params, target
        return StatementQueryResult(statements=self.page)
