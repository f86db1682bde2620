"""What the fuzzer of the statement door begins with, how it changes it, and which inputs are worth keeping."""

from __future__ import annotations

import copy
import json
import random
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final
from urllib.parse import urlencode

from lms_bridge.store.migrate import upgrade
from tests.fuzz.door import (
    FORM,
    IS_2_0,
    IS_FORM,
    IS_GZIP,
    IS_LENIENT,
    IS_PUT,
    STATEMENT_ID,
    Door,
    attempt_of,
    door_of,
    input_of,
)
from tests.web.xapi.lrs import dispose, open_lrs, settings_for

ROOT: Final = Path(__file__).resolve().parents[1]
MOST_BYTES: Final = 4096
_GOLDEN: Final = ROOT / "tests" / "golden" / "statements"
_MOST_FILES: Final = 200
_MOST_KEPT_BYTES: Final = 300_000
_FRESH_AFTER: Final = 5_000
_MULTIPART: Final = "multipart/mixed; boundary=x"


def seeds() -> dict[str, bytes]:
    """Return inputs to begin with: real senders' statements, and one of each shape that the specification knows."""
    agent = {"objectType": "Agent", "mbox": "mailto:a@example.com"}
    group = {
        "objectType": "Group",
        "name": "g",
        "member": [agent, {"account": {"homePage": "https://a.example", "name": "b"}}],
    }
    plain = {"actor": agent, "verb": {"id": "https://v.example/did"}, "object": {"id": "https://o.example/1"}}
    full = plain | {
        "id": STATEMENT_ID,
        "actor": group,
        "verb": {"id": "https://v.example/did", "display": {"en": "did", "de-AT": "tat"}},
        "object": {
            "objectType": "Activity",
            "id": "https://o.example/1",
            "definition": {
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "interactionType": "choice",
                "correctResponsesPattern": ["a[,]b"],
                "choices": [{"id": "a", "description": {"en": "A"}}],
                "extensions": {"https://e.example/x": [1.50, None, "é"]},
            },
        },
        "result": {
            "score": {"scaled": 0.95, "raw": 95, "min": 0, "max": 100},
            "success": True,
            "completion": True,
            "duration": "PT1H30M5.25S",
            "response": "a[,]b",
        },
        "context": {
            "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7",
            "instructor": agent,
            "team": group,
            "platform": "p",
            "language": "en-US",
            "revision": "1",
            "statement": {"objectType": "StatementRef", "id": "8f87ccde-bb56-4c2e-ab83-44982ef22df0"},
            "contextActivities": {
                "parent": [{"id": "https://o.example/p"}],
                "other": {"id": "https://o.example/q"},
            },
        },
        "timestamp": "2026-05-04T09:30:00.123+02:00",
        "authority": agent,
        "version": "1.0.0",
    }
    voiding = plain | {
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": STATEMENT_ID},
    }
    inner = plain | {"object": {"objectType": "SubStatement", **plain}}
    contexts = plain | {
        "context": {
            "contextAgents": [
                {"objectType": "contextAgent", "agent": agent, "relevantTypes": ["https://t.example/"]}
            ],
            "contextGroups": [{"objectType": "contextGroup", "group": group}],
        }
    }
    sha2 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    attached = plain | {
        "attachments": [
            {
                "usageType": "https://u.example/1",
                "display": {"en": "a"},
                "contentType": "text/plain",
                "length": 3,
                "sha2": sha2,
            }
        ]
    }
    multipart = (
        "--x\r\nContent-Type: application/json\r\n\r\n"
        + json.dumps(attached)
        + "\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
        + f"X-Experience-API-Hash: {sha2}\r\n\r\nfoo\r\n--x--\r\n"
    ).encode()
    values: dict[str, Any] = {
        "plain": plain,
        "full": full,
        "voiding": voiding,
        "sub-statement": inner,
        "contexts": contexts,
        "batch": [plain, full, voiding],
        "none": [],
    }
    made = {name: input_of(json.dumps(value).encode()) for name, value in values.items()}
    made |= {
        "contexts-2": input_of(json.dumps(contexts).encode(), flags=IS_2_0),
        "full-2-put": input_of(json.dumps(full).encode(), flags=IS_2_0 | IS_PUT),
        "full-lenient": input_of(json.dumps(full).encode(), flags=IS_LENIENT),
        "multipart": input_of(multipart, _MULTIPART),
        "multipart-put-2": input_of(multipart, _MULTIPART, IS_2_0 | IS_PUT),
        "gzip": input_of(b"\x1f\x8b\x08\x00", flags=IS_GZIP),
    }
    form = urlencode(
        {"statementId": STATEMENT_ID, "content": json.dumps(full), "Content-Type": "application/json"}
    )
    made["form"] = input_of(form.encode(), FORM, IS_FORM | IS_PUT)
    form = urlencode({"content": json.dumps(plain), "X-Experience-API-Version": "1.0.3", "If-Match": "*"})
    made["form-post"] = input_of(form.encode(), FORM, IS_FORM)
    for path in sorted(_GOLDEN.glob("*.json")):
        body = json.dumps(json.loads(path.read_bytes()), separators=(",", ":")).encode()
        if len(body) < MOST_BYTES:
            made[f"golden-{path.stem}"] = input_of(body, flags=IS_LENIENT)
    return made


class JsonChanges:
    """Changes of the JSON in an input: values from a list of odd ones, keys twice, parts elsewhere, parts gone."""

    ODD: Final[Sequence[Any]] = (
        None,
        True,
        0,
        -0.0,
        1e308,
        10**30,
        0.1 + 0.2,
        "",
        "é\u0301",
        "\U0001f600",
        "\u2028",
        [],
        {},
        [[]],
        "mailto:a@b",
        "https://a.example/ä",
        "urn:x:y",
        "2026-02-29T24:00:00Z",
        "2026-06-30T23:59:60Z",
        "9999-12-31T23:59:59.999999999Z",
        "0001-01-01T00:00:00+14:00",
        "P1Y2M3DT4H5M6.789S",
        "en-Latn-x-a",
        "Activity",
        "Agent",
        "Group",
        "StatementRef",
        "SubStatement",
        "00000000-0000-0000-0000-000000000000",
        "http://adlnet.gov/expapi/verbs/voided",
        "http://adlnet.gov/expapi/attachments/signature",
    )
    KEYS: Final[Sequence[str]] = (
        *(
            "id",
            "actor",
            "verb",
            "object",
            "result",
            "context",
            "timestamp",
            "stored",
            "authority",
            "version",
        ),
        *(
            "attachments",
            "objectType",
            "mbox",
            "mbox_sha1sum",
            "openid",
            "account",
            "homePage",
            "name",
            "member",
        ),
        *("display", "definition", "description", "type", "moreInfo", "interactionType", "choices", "scale"),
        *(
            "correctResponsesPattern",
            "source",
            "target",
            "steps",
            "extensions",
            "score",
            "scaled",
            "raw",
            "min",
        ),
        *("max", "success", "completion", "response", "duration", "registration", "instructor", "team"),
        *(
            "revision",
            "platform",
            "language",
            "statement",
            "contextActivities",
            "parent",
            "grouping",
            "category",
        ),
        *("other", "contextAgents", "contextGroups", "agent", "group", "relevantTypes", "usageType", "sha2"),
        *("contentType", "length", "fileUrl", "", "https://e.example/x"),
    )

    def __init__(self, seed: int) -> None:
        self._draws = random.Random(seed)  # noqa: S311 -- no secret

    def changed(self, data: bytes) -> bytes | None:
        """Return an input whose body is JSON after one to three changes; None where its body is no JSON."""
        start = data.find(b"\n", 1) + 1
        begin = next((place for place in range(start, len(data)) if data[place] in b"{["), None)
        if not start or begin is None:
            return None
        try:
            value, end = json.JSONDecoder().raw_decode(data[begin:].decode())
        except (ValueError, RecursionError):
            return None
        for _ in range(self._draws.randint(1, 3)):
            self._change(value)
        text = json.dumps(value, ensure_ascii=self._draws.random() < 0.3)
        if self._draws.random() < 0.05:
            text = text.replace("{", '{"id":"x",', 1)
        tail = data[begin + len(data[begin:].decode()[:end].encode()) :]
        return data[:begin] + text.encode("utf-8", "surrogatepass") + tail

    def _odd(self) -> Any:
        return copy.deepcopy(self._draws.choice(self.ODD))

    def _change(self, value: Any) -> None:
        places = [place for place in _places(value) if place[0]]
        if not places:
            return
        holder, key = self._draws.choice(places)
        match self._draws.randrange(6):
            case 0 | 1:
                holder[key] = self._odd()
            case 2:
                other, other_key = self._draws.choice(places)
                holder[key] = copy.deepcopy(other[other_key])
            case 3:
                del holder[key]
            case 4:
                if isinstance(holder, dict):
                    holder[self._draws.choice(self.KEYS)] = copy.deepcopy(holder[key])
                else:
                    holder.append(copy.deepcopy(holder[key]))
            case _:
                if isinstance(holder, dict):
                    holder[self._draws.choice(self.KEYS)] = self._odd()
                else:
                    holder.insert(0, self._odd())


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (holder, key) of a JSON value."""
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        one = pending.pop()
        keys = one.keys() if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            pending.append(one[key])
    return found


@dataclass(slots=True)
class FreshDoors:
    """A door on an empty database in memory's file system, exchanged before the database grows large."""

    folder: Path
    _door: Door | None = None
    _number: int = 0

    def __post_init__(self) -> None:
        upgrade(f"sqlite:///{self.folder / 'empty.sqlite3'}")

    def fault(self, data: bytes) -> str:
        """Send what an input stands for; return what is wrong with the answer, "" where nothing is."""
        if self._door is None or self._door.requests > _FRESH_AFTER:
            self._door = self._opened()
        return self._door.fault(attempt_of(data))

    def _opened(self) -> Door:
        if self._door is not None:
            dispose(self._door.lrs)
        for left in self.folder.glob("door*"):
            left.unlink()
        self._number += 1
        file = self.folder / f"door-{self._number}.sqlite3"
        shutil.copyfile(self.folder / "empty.sqlite3", file)
        return door_of(open_lrs(settings_for(self.folder, f"sqlite:///{file}")))


def memory_folder() -> str | None:
    """Return the file system in memory, None where there is none: the fuzzer tests no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- only the parent of a folder of our own


def lines_reached(doors: FreshDoors, data: bytes) -> frozenset[tuple[str, int, int]]:
    """Return the steps from line to line of lms_bridge that an input makes."""
    seen: set[tuple[str, int, int]] = set()
    product = str(ROOT / "lms_bridge")
    # The first requests of an application make what it keeps: that is nobody's merit.
    doors.fault(data)

    def enter(frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        del event, argument
        name = frame.f_code.co_filename
        if not name.startswith(product):
            return None
        last = 0

        def step(inner: FrameType, what: str, value: object) -> Callable[..., Any]:
            nonlocal last
            del value
            if what == "line":
                seen.add((name, last, inner.f_lineno))
                last = inner.f_lineno
            return step

        return step

    sys.settrace(enter)
    try:
        doors.fault(data)
    finally:
        sys.settrace(None)
    return frozenset(seen)


def smallest_cover(reached: Mapping[str, frozenset[Any]], sizes: Mapping[str, int]) -> list[str]:
    """Return names that together reach what all reach: greedily what reaches most that is new, the smaller first."""
    left = set().union(*reached.values())
    chosen: list[str] = []
    bytes_left = _MOST_KEPT_BYTES
    while left and len(chosen) < _MOST_FILES:
        name = max(sorted(reached), key=lambda one: (len(reached[one] & left), -sizes[one]))
        gain = reached[name] & left
        if not gain:
            break
        left -= gain
        if sizes[name] > bytes_left:
            continue
        bytes_left -= sizes[name]
        chosen.append(name)
    return chosen
