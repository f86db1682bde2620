"""The audit trail as use cases write it: one row in the transaction of the deed."""

from lms_bridge.store.audit import audit

__all__ = ["audit"]
