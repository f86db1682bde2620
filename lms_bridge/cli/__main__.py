"""`python -m lms_bridge.cli`: the same as the `lms-bridge` command."""

from lms_bridge.cli.main import main

main()
