"""The keys of agents and groups; the rules of actors stand in test_statements."""

from __future__ import annotations

from typing import Any

import pytest

from lms_bridge.xapi.actors import agent_key


@pytest.mark.parametrize(
    ("actor", "key"),
    [
        ({"mbox": "mailto:Ada@Example.COM"}, "mbox:mailto:ada@example.com"),
        ({"mbox_sha1sum": "AB" * 20}, f"mbox_sha1sum:{'ab' * 20}"),
        ({"openid": "https://Ada.example.com/"}, "openid:https://Ada.example.com/"),
        ({"account": {"homePage": "https://x.org", "name": "a|b"}}, "account:https://x.org|a|b"),
        ({"account": {"name": "ada"}}, "account:|ada"),
        ({"objectType": "Group", "mbox": "mailto:team@x.org", "member": []}, "mbox:mailto:team@x.org"),
    ],
)
def test_the_key_is_the_identity_of_roster_files(actor: dict[str, Any], key: str) -> None:
    assert agent_key(actor) == key


def test_an_anonymous_group_has_one_key_whatever_the_order_of_members() -> None:
    ada, bo = {"mbox": "mailto:ada@x.org"}, {"mbox": "mailto:bo@x.org"}
    key = agent_key({"objectType": "Group", "member": [ada, bo]})
    assert key.startswith("group:")
    assert agent_key({"objectType": "Group", "member": [bo, ada]}) == key
    assert agent_key({"objectType": "Group", "member": [bo]}) != key
