"""Commands of micro-credentials: taking in Open Badges, and deciding on their issuers."""

from __future__ import annotations

from pathlib import Path

import click

from lms_bridge.cli.options import Operator, answer, json_option, pass_operator, tells_errors
from lms_bridge.credentials.open_badges import TIERS, Standing, Tier
from lms_bridge.pipeline import credential_pages, issuer_decisions
from lms_bridge.pipeline import credentials as cases
from lms_bridge.pipeline.scoping import OPERATOR
from lms_bridge.skills.strengths import Strength, strength_from

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def credential() -> None:
    """Micro-credentials."""


@credential.command("import")
@click.argument("files", type=FILE, nargs=-1, required=True)
@json_option
@pass_operator
@tells_errors
def credential_import(operator: Operator, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Verify Open Badges 3.0 (JSON, JWT, PNG or SVG) and keep those whose proof holds."""
    with operator.session() as session:
        results = cases.import_credentials(
            session, operator.settings, {str(file): file.read_bytes() for file in files}
        )
    rows = [
        {
            "file": result.file,
            "outcome": result.outcome,
            "reason": result.reason,
            "award_id": result.award_id,
            "name": result.name,
            "issuer": result.issuer_id,
            "has_recipient": result.has_recipient,
            "skills": list(result.skills),
            "unmatched": list(result.unmatched),
            "is_new": result.is_new,
        }
        for result in results
    ]
    text = "\n".join(f"{result.file}: {result.outcome}: {result.reason}" for result in results)
    answer(rows, text, as_json=as_json)


@credential.command("list")
@json_option
@pass_operator
@tells_errors
def credential_list(operator: Operator, *, as_json: bool) -> None:
    """List the credentials and what became of each."""
    with operator.session() as session:
        page = credential_pages.credentials_page(session, operator.settings, OPERATOR)
    rows = [
        {
            "award_id": line.award_id,
            "name": line.name,
            "issuer": line.issuer_id,
            "awarded_on": line.awarded_on.isoformat(),
            "last_valid_day": line.last_valid_day.isoformat() if line.last_valid_day else None,
            "outcome": line.outcome,
            "reason": line.reason,
            "skills": list(line.skills),
            "waits_for_person": line.waits_for_person,
            "holders": [person_id for person_id, _ in line.holders],
        }
        for line in page.credentials
    ]
    text = "\n".join(f"{row['awarded_on']} {row['name']}: {row['outcome']}: {row['reason']}" for row in rows)
    answer(rows, text or "none", as_json=as_json)


@credential.command("check")
@json_option
@pass_operator
@tells_errors
def credential_check(operator: Operator, *, as_json: bool) -> None:
    """Ask the issuers whether the credentials still hold; the worker does so every day."""
    with operator.session() as session:
        done = cases.check_credentials(session, operator.settings)
    for name, reason in done.unknown:
        click.echo(f"cannot be told: {name}: {reason}", err=True)
    data = {
        "hold": done.hold,
        "ended": list(done.ended),
        "hold_again": list(done.hold_again),
        "unknown": [{"name": name, "reason": reason} for name, reason in done.unknown],
    }
    answer(
        data,
        f"{done.hold} hold, {len(done.ended)} ended, {len(done.hold_again)} hold again, "
        f"{len(done.unknown)} cannot be told",
        as_json=as_json,
    )


@click.group()
def issuer() -> None:
    """Issuers of micro-credentials."""


@issuer.command("trust")
@click.argument("issuer_id")
@click.option("--tier", type=click.Choice(TIERS), required=True, help="What is decided of the issuer.")
@click.option("--reason", required=True, help="Why; an auditor will ask.")
@click.option("--achievement", default="", help="One badge of the issuer, by its id: decided by itself.")
@click.option("--key", type=FILE, help="The issuer's public key (PEM), where it publishes none.")
@click.option(
    "--strength",
    type=click.Choice([strength.label for strength in Strength]),
    default="completed",
    show_default=True,
    help="How its badges test a skill.",
)
@click.option("--level", type=int, default=1, show_default=True, help="The level its badges give.")
@pass_operator
@tells_errors
def issuer_trust(
    operator: Operator,
    issuer_id: str,
    tier: Tier,
    reason: str,
    achievement: str,
    key: Path | None,
    strength: str,
    level: int,
) -> None:
    """Decide on an issuer, by the id in its credentials: a DID or an address."""
    with operator.session() as session:
        queued = issuer_decisions.trust_issuer(
            session,
            issuer_id,
            Standing(tier, strength_from(strength), level),
            reason=reason,
            key=None if key is None else key.read_bytes(),
            achievement_id=achievement,
        )
    click.echo(f"{achievement or issuer_id} is {tier}; {queued} people are derived again")


@issuer.command("follow")
@click.argument("issuer_id")
@click.argument("achievement_id")
@click.option("--reason", required=True, help="Why; an auditor will ask.")
@pass_operator
@tells_errors
def issuer_follow(operator: Operator, issuer_id: str, achievement_id: str, reason: str) -> None:
    """End the decision on one badge of an issuer: from now on it is as its issuer."""
    with operator.session() as session:
        queued = issuer_decisions.follow_issuer(session, issuer_id, achievement_id, reason=reason)
    click.echo(f"{achievement_id} is as its issuer; {queued} people are derived again")


@issuer.command("list")
@json_option
@pass_operator
@tells_errors
def issuer_list(operator: Operator, *, as_json: bool) -> None:
    """List the issuers that are decided or have credentials here."""
    with operator.session() as session:
        page = credential_pages.credentials_page(session, operator.settings, OPERATOR)
    rows = [
        {
            "issuer": line.issuer_id,
            "achievement": line.achievement_id or None,
            "name": line.name,
            "tier": line.tier or None,
            "strength": line.strength or None,
            "level": line.level,
            "has_key": line.has_key,
            "reason": line.reason,
            "credentials": line.credentials,
            "gaps": line.gaps,
        }
        for line in page.issuers
    ]
    text = "\n".join(
        f"{row['issuer']} ({row['name']}): {row['tier'] or 'not decided'}, {row['credentials']} credentials"
        for row in rows
    )
    answer(rows, text or "none", as_json=as_json)


GROUPS = (credential, issuer)
