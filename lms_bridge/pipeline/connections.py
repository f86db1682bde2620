"""Use cases of connecting an LMS by page: the products and their forms, one source with its traffic, and a diagnosis.

The products stand in `config/connections/products.toml`. A diagnosis is read from what a source sent and was refused;
it asks no other server.
"""

from __future__ import annotations

import base64
import statistics
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import sources as use_cases
from lms_bridge.pipeline.refusals import TOKEN_PATH
from lms_bridge.pipeline.source_pages import READERS, sources
from lms_bridge.settings import Settings, data_folder
from lms_bridge.store import sources as store
from lms_bridge.store import traffic
from lms_bridge.store.policy import score_scales
from lms_bridge.store.refusals import NOT_FOUND, StoredRefusal, recent_refusals
from lms_bridge.xapi.violations import Defect
from reports.content.connections import (
    Arrival,
    ConnectionCheck,
    Finding,
    FormField,
    NewConnection,
    Product,
    SourcePage,
    Traffic,
)

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_RECENT: Final = timedelta(days=14)
_MOST_REFUSALS: Final = 100
# So many scores tell the scale for certain enough to speak of it.
_SCORES: Final = 3
_NEAR: Final = 0.011
_DEFECTS: Final = frozenset(defect.value for defect in Defect)
_WRONG_VERSION: Final = frozenset({"XAPI-00321", "XAPI-00331", "XAPI-00332"})


def products(settings: Settings) -> tuple[Product, ...]:
    """Return the products that the bridge guides through, in the order of the file."""
    return _products(data_folder(settings, "connections") / "products.toml")


@lru_cache(maxsize=4)
def _products(file: Path) -> tuple[Product, ...]:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Product(
            slug=item["slug"],
            name=item["name"],
            kind=item["kind"],
            validation=item["validation"],
            in_browser=item["in_browser"],
            form=item["form"],
            first_statement=item["first_statement"],
            read_on=item["read_on"],
            fields=tuple((label, value) for label, value in item["fields"]),
        )
        for item in document["product"]
    )


def product_named(settings: Settings, slug: str) -> Product:
    """Return one product.

    Raises:
        NotFoundError: there is none of that name.
    """
    for product in products(settings):
        if product.slug == slug:
            return product
    raise NotFoundError(f"{slug!r} is no product that is guided here")


def connect(
    session: Session, settings: Settings, reader: Reader, slug: str, name: str, origins: str
) -> NewConnection:
    """Connect an LMS as its product wants it; the secret is in the answer and nowhere else.

    Raises:
        NotFoundError: there is no such product.
        InvalidInputError: the name or an origin is none.
        ConflictError: the name is taken.
    """
    product = product_named(settings, slug)
    new = use_cases.add_source(
        session,
        settings,
        name.strip(),
        kind=product.kind,
        validation=product.validation,
        origins=origins.split(),
        now=clock.now(),
        who=reader.email,
    )
    return _shown_once(session, settings, product, new)


def renew_secret(
    session: Session, settings: Settings, reader: Reader, source_id: int, *, at_once: bool
) -> NewConnection:
    """Give a source a new key and secret; the old ones work for a day more, or end `at_once`.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: it is revoked.
    """
    source = _source(session, source_id)
    overlap = timedelta(0) if at_once else use_cases.ROTATION_OVERLAP
    new = use_cases.rotate_secret(
        session, settings, source.name, clock.now(), overlap=overlap, who=reader.email
    )
    return _shown_once(session, settings, _product_of(settings, source.kind), new)


def content_key(
    session: Session, settings: Settings, reader: Reader, source_id: int, hours: int
) -> NewConnection:
    """Give content in a browser a key that writes only and ends after some hours.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: it is revoked.
        InvalidInputError: the hours are not between 1 and 720.
    """
    if not 1 <= hours <= 720:
        raise InvalidInputError(f"hours: {hours} is no lifetime of a key; give 1 to 720")
    source = _source(session, source_id)
    now = clock.now()
    lifetime = timedelta(hours=hours)
    new = use_cases.issue_content_key(
        session, settings, source.name, now, lifetime=lifetime, who=reader.email
    )
    shown = _shown_once(session, settings, _product_of(settings, source.kind), new)
    return NewConnection(
        shown.source_id, shown.name, shown.endpoint, shown.key, shown.secret, shown.fields, now + lifetime
    )


def change(
    session: Session, reader: Reader, source_id: int, wanted: use_cases.SourceChange
) -> tuple[str, ...]:
    """Change what a source is held to; return what changed.

    Raises:
        NotFoundError: there is no such source.
        ConflictError: it is revoked.
        InvalidInputError: a value is not allowed.
    """
    source = _source(session, source_id)
    return use_cases.change_source(session, source.name, wanted, clock.now(), who=reader.email)


def close(session: Session, reader: Reader, source_id: int) -> str:
    """Revoke a source and return its name.

    Raises:
        NotFoundError: there is no such source.
    """
    source = _source(session, source_id)
    use_cases.revoke_source(session, source.name, clock.now(), who=reader.email)
    return source.name


def source_page(session: Session, settings: Settings, reader: Reader, source_id: int) -> SourcePage:
    """Return one source with its traffic and what is wrong with it.

    Raises:
        NotFoundError: there is no such source, or the reader sees none.
    """
    if reader.role not in READERS:
        raise NotFoundError("this page is not here")
    source = _source(session, source_id)
    row = next(item for item in sources(session, settings, reader) if item.name == source.name)
    now = clock.now()
    latest = traffic.latest_of(session, source_id)
    week = traffic.stored_since(session, source_id, now - _WEEK)
    age = max(now - source.created_at, timedelta(hours=1))
    delays = sorted((item.stored - item.timestamp).total_seconds() for item in latest)
    product = _product_of(settings, source.kind)
    refused = recent_refusals(session, source_id, _MOST_REFUSALS)
    # The newest of the LMS's own: one for content would end while it stands in the LMS's form.
    key = next((item.key for item in reversed(row.keys) if not item.is_for_content), None)
    return SourcePage(
        source_id=source_id,
        row=row,
        product=product,
        fields=() if product is None else _filled(product, row.endpoint, settings, key, None),
        origins=source.origins,
        traffic=Traffic(
            per_hour=week / (min(age, _WEEK).total_seconds() / 3600),
            delay_seconds=(statistics.median(delays), delays[-1]) if delays else None,
        ),
        latest=Arrival(latest[0].stored, latest[0].statement_id, latest[0].verb_iri) if latest else None,
        findings=diagnosis(source, row.score_scale, latest, refused, now),
        reasons=_reasons(refused, now),
    )


def connection_check(session: Session, settings: Settings, reader: Reader, source_id: int) -> ConnectionCheck:
    """Return what arrived last and what is wrong; a few index reads, because a page asks every two seconds.

    Raises:
        NotFoundError: there is no such source, or the reader sees none.
    """
    if reader.role not in READERS:
        raise NotFoundError("this page is not here")
    source = _source(session, source_id)
    latest = traffic.latest_of(session, source_id)
    refused = recent_refusals(session, source_id, _MOST_REFUSALS)
    scale = score_scales(session).get(source.name, "0..1")
    return ConnectionCheck(
        product=_product_of(settings, source.kind),
        latest=Arrival(latest[0].stored, latest[0].statement_id, latest[0].verb_iri) if latest else None,
        findings=diagnosis(source, scale, latest, refused, clock.now()),
    )


def diagnosis(
    source: store.StoredSource,
    score_scale: str,
    latest: Sequence[traffic.Latest],
    refused: Sequence[StoredRefusal],
    now: datetime,
) -> tuple[Finding, ...]:
    """Return what is wrong with a connection, the likeliest cause first; empty where nothing is.

    `latest` are its latest statements, newest first; `refused` its latest refused requests.
    """
    if source.revoked_at is not None:
        return (
            Finding(
                "revoked",
                "The source is revoked: its keys open nothing.",
                "Connect it anew; what it sent stays.",
            ),
        )
    arrived = latest[0].stored if latest else None
    since = max(filter(None, (arrived, now - _RECENT)), default=now)
    later = [item for item in refused if item.refusal.refused_at > since and item.replayed_at is None]
    found: list[Finding] = []
    good = max(filter(None, (source.last_seen_at, arrived)), default=None)
    if source.denied_at is not None and (good is None or source.denied_at > good):
        found.append(
            Finding(
                "wrong-secret",
                "Somebody came with this source's key and a wrong secret.",
                "Paste the secret again, without blanks at its ends; or renew it here and paste the new pair.",
            )
        )
    found += _address_findings(later)
    bodies = [item for item in later if not _is_astray(item)]
    found += _refused_findings(source, bodies)
    if not bodies:
        found += _mixed_findings(source, latest, refused, now)
    scale = _scale_finding(score_scale, latest)
    if scale is not None:
        found.append(scale)
    if not found and arrived is None:
        found.append(_nothing_yet(source))
    return tuple(found)


def _nothing_yet(source: store.StoredSource) -> Finding:
    if source.last_seen_at is None:
        return Finding(
            "nothing-yet",
            "Nothing has come from this source yet.",
            "Check that the LMS reaches the endpoint's address (scheme, host, firewall), then send a first statement.",
        )
    return Finding(
        "no-statement-yet",
        "The source has been here with a good secret, and has sent no statement yet.",
        "The connection works. Do in the LMS what makes a first statement.",
    )


def _is_astray(item: StoredRefusal) -> bool:
    """Tell whether a refused request came to no resource, or to the token endpoint: what is in it is not judged."""
    return item.refusal.status == NOT_FOUND or item.refusal.path == TOKEN_PATH


def _address_findings(refused: Sequence[StoredRefusal]) -> list[Finding]:
    found: list[Finding] = []
    lost = [item.refusal for item in refused if item.refusal.status == NOT_FOUND]
    if lost:
        path = lost[0].path.partition("?")[0]
        found.append(
            Finding(
                "wrong-address",
                f"Requests came to {path}, which is no resource here: what they brought is not stored.",
                "Give the LMS the endpoint as it stands on this page; most products add /statements to it by themselves.",
            )
        )
    asked = next((item.refusal for item in refused if item.refusal.path == TOKEN_PATH), None)
    if asked is not None:
        found.append(
            Finding(
                "wrong-scope",
                f"{asked.detail[:1].upper()}{asked.detail[1:]}.",
                "Change the scope in the LMS's form, or the scopes of the source: lms-bridge source change NAME --scope …",
            )
        )
    return found


def _refused_findings(source: store.StoredSource, refused: Sequence[StoredRefusal]) -> list[Finding]:
    found: list[Finding] = []
    violations = [_violations(item) for item in refused]
    if any(one["requirement"] in _WRONG_VERSION for each in violations for one in each):
        found.append(
            Finding(
                "wrong-version",
                "Requests came without X-Experience-API-Version, or with one that is not spoken.",
                "Let the LMS send 1.0.3 or 2.0.0. A proxy in between may drop the header.",
            )
        )
    bodies = [each for each in violations if all(one["requirement"] not in _WRONG_VERSION for one in each)]
    if not bodies:
        return found
    is_known = [bool(each) and all(one.get("defect") in _DEFECTS for one in each) for each in bodies]
    first = next((each[0] for each in bodies if each), None)
    what = f"; most recently: {first['message']}" if first else ""
    address = f"/queues/rejected?{urlencode({'source': source.name})}"
    if source.validation == "strict" and any(is_known):
        found.append(
            Finding(
                "known-defects",
                f"{sum(is_known)} of {len(bodies)} refused requests break only rules that known senders break{what}.",
                "Set the validation to lenient here, then hand them in again.",
                address,
            )
        )
    else:
        found.append(
            Finding(
                "refused-body",
                f"{len(bodies)} requests were refused since the last statement that was taken{what}.",
                "See each with its violations; correct the sender, then hand them in again.",
                address,
            )
        )
    return found


def _scale_finding(scale: str, latest: Sequence[traffic.Latest]) -> Finding | None:
    """Compare `scaled` with raw, min and max where a statement has them all: they tell the scale by themselves."""
    pairs = [pair for item in latest if (pair := _score(item.document)) is not None]
    symmetric = [pair for pair in pairs if abs(pair[1] - (2 * pair[0] - 1)) <= _NEAR]
    plain = [pair for pair in pairs if abs(pair[1] - pair[0]) <= _NEAR]
    told = "-1..1" if len(symmetric) > len(plain) else "0..1"
    agreeing = max(len(symmetric), len(plain))
    if (
        len(pairs) < _SCORES
        or agreeing * 10 < len(pairs) * 9
        or len(symmetric) == len(plain)
        or told == scale
    ):
        return None
    return Finding(
        "wrong-scale",
        f"The scores of this source are written on {told}, and it is set to {scale}: {agreeing} of {len(pairs)} "
        "recent scores say so.",
        f"Set the score scale to {told} here; what it sent is derived again.",
    )


def _score(document: bytes) -> tuple[float, float] | None:
    """Return the share of the points and `scaled` of a statement that has both."""
    if b'"scaled"' not in document:
        return None
    score = (orjson.loads(document).get("result") or {}).get("score") or {}
    raw, low, high, scaled = (score.get(name) for name in ("raw", "min", "max", "scaled"))
    low = 0 if low is None else low
    if raw is None or high is None or scaled is None or high <= low:
        return None
    return (raw - low) / (high - low), scaled


def _mixed_findings(
    source: store.StoredSource,
    latest: Sequence[traffic.Latest],
    refused: Sequence[StoredRefusal],
    now: datetime,
) -> list[Finding]:
    """Tell of what was refused in the last day between statements that were taken: those are told by nothing else."""
    between = [
        item
        for item in refused
        if item.replayed_at is None
        and latest
        and latest[-1].stored < item.refusal.refused_at <= latest[0].stored
        and item.refusal.refused_at > now - _DAY
    ]
    if not between:
        return []
    first = next((found[0]["message"] for item in between if (found := _violations(item))), "")
    return [
        Finding(
            "some-refused",
            f"Refused in the last 24 hours while others were taken: {len(between)}"
            f"{f'; most recently: {first}' if first else ''}.",
            "See each with its violations; correct the sender, then hand them in again.",
            f"/queues/rejected?{urlencode({'source': source.name})}",
        )
    ]


def _violations(item: StoredRefusal) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(item.refusal.violations or "[]")
    return found


def _reasons(refused: Sequence[StoredRefusal], now: datetime) -> Mapping[str, int]:
    """Return the requirements that recent refused requests broke, the most frequent first."""
    counts: Counter[str] = Counter()
    for item in refused:
        if item.refusal.refused_at > now - _RECENT:
            broken = {one["requirement"] for one in _violations(item) if one["requirement"]}
            counts.update(broken or {item.refusal.slug})
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _source(session: Session, source_id: int) -> store.StoredSource:
    source = store.source_by_id(session, source_id)
    if source is None:
        raise NotFoundError(f"source {source_id} does not exist")
    return source


def _product_of(settings: Settings, kind: str) -> Product | None:
    kinds = {"rise": "storyline"}
    return next((item for item in products(settings) if item.kind == kinds.get(kind, kind)), None)


def _shown_once(
    session: Session, settings: Settings, product: Product | None, new: use_cases.NewSource
) -> NewConnection:
    source = store.source_named(session, new.name)
    assert source is not None  # noqa: S101 -- it was just written
    fields = () if product is None else _filled(product, new.endpoint, settings, new.key, new.secret)
    return NewConnection(source.source_id, new.name, new.endpoint, new.key, new.secret, fields)


def _filled(
    product: Product, endpoint: str, settings: Settings, key: str | None, secret: str | None
) -> tuple[FormField, ...]:
    both = f"{key}:{secret}".encode()
    given: dict[str, Callable[[], str | None]] = {
        "endpoint": lambda: endpoint,
        "statements": lambda: f"{endpoint}statements",
        "token_url": lambda: f"{settings.base_url}/oauth/token",
        "key": lambda: key,
        "secret": lambda: secret,
        "basic": lambda: base64.b64encode(both).decode() if key and secret else None,
    }
    return tuple(
        FormField(label, given[value]() if value in given else value, value in given)
        for label, value in product.fields
    )
