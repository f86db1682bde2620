"""Actors: agents and groups, their inverse functional identifiers (IFI), and the key under which they are indexed.

The key is the canonical text of the IFI, as roster files write identities: `mbox:mailto:a@b`, `mbox_sha1sum:<hex>`,
`openid:<uri>`, `account:<homePage>|<name>`. An IRI never holds `|`, so an account splits at the first one. An e-mail
address is lower-cased as a whole: its domain is case-insensitive by the specification (Data 2.4.2.3), and no mail
system in use tells people apart by the case of the local part, while rosters and LMSs write it differently.
An identified group and an agent with the same IFI have one key (Communication 2.1.3, `agent`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from lms_bridge.xapi.identifiers import is_iri, is_mailto, is_sha1, is_uri
from lms_bridge.xapi.reading import Reading, check_text
from lms_bridge.xapi.violations import MISSING, Defect, shown

AGENT_KEYS = frozenset({"objectType", "name", "mbox", "mbox_sha1sum", "openid", "account"})
GROUP_KEYS = AGENT_KEYS | {"member"}
ACCOUNT_KEYS = frozenset({"homePage", "name"})
_IFIS = "mbox, mbox_sha1sum, openid or account"


def ifi_key(actor: Mapping[str, Any]) -> str | None:
    """Return the key of an agent or identified group, or None where it has no usable IFI."""
    mbox = actor.get("mbox")
    if isinstance(mbox, str):
        return f"mbox:{mbox.lower()}"
    sha1sum = actor.get("mbox_sha1sum")
    if isinstance(sha1sum, str):
        return f"mbox_sha1sum:{sha1sum.lower()}"
    openid = actor.get("openid")
    if isinstance(openid, str):
        return f"openid:{openid}"
    account = actor.get("account")
    if isinstance(account, dict):
        return f"account:{account.get('homePage') or ''}|{account.get('name', '')}"
    return None


def agent_key(actor: Mapping[str, Any]) -> str:
    """Return the key of a valid agent or group.

    An anonymous group gets `group:<digest of its members' keys>`, whatever their order: stable, though the
    specification calls every anonymous group distinct.
    """
    key = ifi_key(actor)
    return _group_key(actor.get("member") or ()) if key is None else key


def _group_key(members: Any) -> str:
    keys = sorted(filter(None, (ifi_key(member) for member in members if isinstance(member, dict))))
    return f"group:{hashlib.sha256(chr(10).join(keys).encode()).hexdigest()[:40]}"


def check_agent(
    reading: Reading, agent: Any, pointer: str, *, direct: bool, requirement: str = "XAPI-00006"
) -> str | None:
    """Check a value that must be an Agent, index it, and return its key.

    `requirement` is the rule of the place that asks for an Agent, broken where the value is none.
    """
    if type(agent) is not dict:
        reading.refuse_type(pointer, requirement, agent, "an Agent object")
        return None
    if agent.get("objectType", "Agent") != "Agent":
        _refuse_kind(reading, agent, pointer, "'Agent'")
        return None
    return _check_identified(reading, agent, pointer, AGENT_KEYS, direct=direct)


def check_group(
    reading: Reading, group: Any, pointer: str, *, direct: bool, requirement: str = "XAPI-00006"
) -> str | None:
    """Check a value that must be a Group, index it and its members, and return its key."""
    if type(group) is not dict:
        reading.refuse_type(pointer, requirement, group, "a Group object")
        return None
    if group.get("objectType") != "Group":
        _refuse_kind(reading, group, pointer, "'Group'")
        return None
    members = group.get("member")
    if members is None and "member" not in group:
        # XAPI-00037: a Group without members is identified by exactly one IFI (Data 2.4.2.2).
        return _check_identified(reading, group, pointer, GROUP_KEYS, direct=direct, requirement="XAPI-00037")
    if type(members) is not list:
        # XAPI-00036: member is an array of Agents (Data 2.4.2.2).
        reading.refuse_type(f"{pointer}/member", "XAPI-00036", members, "an array of Agent objects")
    else:
        for place, member in enumerate(members):
            check_agent(reading, member, f"{pointer}/member/{place}", direct=direct)
    if "mbox" in group or "account" in group or "mbox_sha1sum" in group or "openid" in group:
        return _check_identified(reading, group, pointer, GROUP_KEYS, direct=direct, requirement="XAPI-00037")
    _check_anonymous(reading, group, pointer)
    return _group_key(members) if type(members) is list else None


def check_actor(
    reading: Reading, actor: Any, pointer: str, *, direct: bool, requirement: str = "XAPI-00006"
) -> str | None:
    """Check a value that is an Agent, or a Group where objectType says so; index it, and return its key."""
    if type(actor) is dict and actor.get("objectType") == "Group":
        return check_group(reading, actor, pointer, direct=direct)
    if type(actor) is dict and actor.get("objectType", "Agent") != "Agent":
        _refuse_kind(reading, actor, pointer, "'Agent' or 'Group'")
        return None
    return check_agent(reading, actor, pointer, direct=direct, requirement=requirement)


def check_authority(reading: Reading, authority: Any, pointer: str) -> None:
    """Check the authority: an Agent, or an anonymous Group of exactly two (Data 2.4.9)."""
    # XAPI-00024: the authority is an Agent or a Group.
    check_actor(reading, authority, pointer, direct=False, requirement="XAPI-00024")
    if type(authority) is not dict or authority.get("objectType") != "Group":
        return
    members = authority.get("member")
    if ifi_key(authority) is not None or not isinstance(members, list) or len(members) != 2:
        # XAPI-00098, XAPI-00100: a Group as authority has exactly two Agents, application and user (Data 2.4.9).
        message = (
            f"{pointer} is a Group that is not anonymous with exactly two members; give an Agent instead"
        )
        reading.refuse(pointer, "XAPI-00098", message)


def _refuse_kind(reading: Reading, actor: dict[str, Any], pointer: str, wanted: str) -> None:
    kind = actor.get("objectType", MISSING)
    at = f"{pointer}/objectType"
    if type(kind) is not str:
        # XAPI-00032: objectType is a string (Data 2.4.2.1).
        reading.refuse_type(at, "XAPI-00032", kind, f"the string {wanted}")
        return
    # XAPI-00031: an actor is an Agent or a Group (Data 2.4.2), in this case of letters (XAPI-00009).
    reading.refuse(at, "XAPI-00031", f"{at} is {shown(kind)}; give {wanted}")


def _check_anonymous(reading: Reading, group: dict[str, Any], pointer: str) -> None:
    if not GROUP_KEYS.issuperset(group):
        reading.unknown_keys(pointer, group, GROUP_KEYS)
    if "name" in group:
        check_text(reading, group["name"], f"{pointer}/name", "XAPI-00033")
    if group.get("member") == []:
        # XAPI-00035: an anonymous Group lists its members (Data 2.4.2.2).
        message = (
            f"{pointer} is an anonymous Group without members; list them in 'member' or give an identifier"
        )
        reading.refuse(f"{pointer}/member", "XAPI-00035", message)


def _check_identified(
    reading: Reading,
    actor: dict[str, Any],
    pointer: str,
    allowed: frozenset[str],
    *,
    direct: bool,
    requirement: str = "XAPI-00034",
) -> str | None:
    if not allowed.issuperset(actor):
        reading.unknown_keys(pointer, actor, allowed)
    found = 0
    key = None
    for name, value in actor.items():
        if name == "mbox":
            found += 1
            key = _check_mbox(reading, value, pointer)
        elif name == "account":
            found += 1
            key = _check_account(reading, value, f"{pointer}/account")
        elif name == "name":
            if type(value) is not str:
                # XAPI-00033: name is a string (Data 2.4.2.1).
                reading.refuse_type(f"{pointer}/name", "XAPI-00033", value, "a string")
        elif name == "mbox_sha1sum":
            found += 1
            key = _check_sha1sum(reading, value, pointer)
        elif name == "openid":
            found += 1
            key = _check_openid(reading, value, pointer)
    if found != 1:
        # XAPI-00034: exactly one inverse functional identifier (Data 2.4.2.1).
        message = f"{pointer} has {found or 'none'} of {_IFIS}; give exactly one"
        reading.refuse(pointer, requirement, message)
        return None
    if key is not None:
        reading.agent(key, direct=direct)
    return key


def _check_mbox(reading: Reading, value: Any, pointer: str) -> str | None:
    if type(value) is str and is_mailto(value):
        return f"mbox:{value.lower()}"
    # XAPI-00038: mbox has the form "mailto:email address" (Data 2.4.2.3).
    reading.refuse_type(f"{pointer}/mbox", "XAPI-00038", value, "an address such as 'mailto:ada@example.com'")
    return None


def _check_sha1sum(reading: Reading, value: Any, pointer: str) -> str | None:
    if type(value) is str and is_sha1(value):
        return f"mbox_sha1sum:{value.lower()}"
    # XAPI-00039: mbox_sha1sum is the hex-encoded SHA-1 of a mailto IRI (Data 2.4.2.3).
    reading.refuse_type(f"{pointer}/mbox_sha1sum", "XAPI-00039", value, "40 hexadecimal digits")
    return None


def _check_openid(reading: Reading, value: Any, pointer: str) -> str | None:
    if type(value) is str and is_uri(value):
        return f"openid:{value}"
    # XAPI-00040: openid is a URI (Data 2.4.2.3).
    reading.refuse_type(f"{pointer}/openid", "XAPI-00040", value, "an absolute URI")
    return None


def _check_account(reading: Reading, account: Any, pointer: str) -> str | None:
    if type(account) is not dict:
        # XAPI-00041: account is an object (Data 2.4.2.3).
        reading.refuse_type(pointer, "XAPI-00041", account, "an object with homePage and name")
        return None
    if not ACCOUNT_KEYS.issuperset(account):
        reading.unknown_keys(pointer, account, ACCOUNT_KEYS)
    home_page = account.get("homePage")
    name = account.get("name", MISSING)
    if "homePage" not in account:
        # XAPI-00042: an account has a homePage, which is an IRL (Data 2.4.2.4).
        message = f"{pointer} has no homePage; give the address of the system that the account is on"
        reading.defect(Defect.ACCOUNT_WITHOUT_HOMEPAGE, f"{pointer}/homePage", "XAPI-00042", message)
    elif type(home_page) is not str or not is_iri(home_page):
        reading.refuse_type(f"{pointer}/homePage", "XAPI-00042", home_page, "an absolute IRL")
    if type(name) is not str:
        # XAPI-00043: an account has a name, which is a string (Data 2.4.2.4).
        reading.refuse_type(f"{pointer}/name", "XAPI-00043", name, "a string, the account's id or login name")
        return None
    return f"account:{home_page or ''}|{name}"
