"""The command line: the operator's scope, audited. Each command does one thing and says in one line what it did."""

from lms_bridge.cli.main import main

__all__ = ["main"]
