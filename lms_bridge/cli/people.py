"""Commands of people who sign in: accounts and API tokens."""

from __future__ import annotations

import sys

import click

from lms_bridge import clock
from lms_bridge.cli.options import Operator, answer, json_option, pass_operator, tells_errors
from lms_bridge.errors import InvalidInputError
from lms_bridge.people.scope import ROLES
from lms_bridge.pipeline.accounts import add_token, add_user, revoke_token


@click.group()
def user() -> None:
    """Local accounts."""


@user.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--person", "person_id", help="The person behind the account; needed for manager and employee.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@pass_operator
@tells_errors
def user_add(
    operator: Operator, email: str, role: str, person_id: str | None, *, password_stdin: bool
) -> None:
    """Create a local sign-in."""
    if not password_stdin:
        raise InvalidInputError(
            "say --password-stdin and send the password on standard input: arguments are visible to others"
        )
    password = sys.stdin.readline().rstrip("\r\n")
    with operator.session() as session:
        add_user(session, email, role, password, person_id, clock.now())
    click.echo(f"account {email} ({role}) created")


@click.group()
def token() -> None:
    """API tokens."""


@token.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="hr", show_default=True)
@click.option("--person", "person_id")
@json_option
@pass_operator
@tells_errors
def token_add(operator: Operator, name: str, role: str, person_id: str | None, *, as_json: bool) -> None:
    """Create a bearer token for the JSON API; it is shown once."""
    with operator.session() as session:
        secret = add_token(session, name, role, person_id, clock.now())
    answer({"name": name, "token": secret}, secret, as_json=as_json)


@token.command("revoke")
@click.argument("name")
@pass_operator
@tells_errors
def token_revoke(operator: Operator, name: str) -> None:
    """Revoke a token."""
    with operator.session() as session:
        revoke_token(session, name, clock.now())
    click.echo(f"token {name} revoked")


GROUPS = (user, token)
