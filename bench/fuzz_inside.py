"""The fuzzer itself, which `bench.fuzz_statement_door` starts in the environment that has Atheris."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import atheris

# What is imported in here is instrumented: the product, with all that its application needs.
with atheris.instrument_imports(include=["lms_bridge"], enable_loader_override=False):
    from bench.fuzz_inputs import FreshDoors, JsonChanges, memory_folder


def main() -> None:
    """Fuzz until libFuzzer has enough; does not return."""
    logging.disable(logging.CRITICAL)
    doors = FreshDoors(Path(tempfile.mkdtemp(prefix="lms-bridge-fuzz-", dir=memory_folder())))

    def one(data: bytes) -> None:
        found = doors.fault(data)
        if found:
            raise AssertionError(found)

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        if seed % 3:
            changed = JsonChanges(seed).changed(data)
            if changed is not None and len(changed) <= max_size:
                return changed
        other: bytes = atheris.Mutate(data, max_size)
        return other

    atheris.Setup(sys.argv, one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
