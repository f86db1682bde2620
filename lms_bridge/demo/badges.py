"""Open Badges that people of the demo company bring from outside, of three invented issuers the company judges differently.

Each issuer is its own key (did:key), so that every proof can be checked without a network. The badges are for skills that
no course of the catalogue closes: what the chamber's prove counts, what the academy's would prove waits for a decision,
and the course portal's are known not to be enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from openbadgeslib.ob3 import Achievement, Alignment, Issuer, OB3Signer, OpenBadgeCredential, did_key_from_pem

from lms_bridge.credentials.open_badges import Standing
from lms_bridge.demo.cast import MAIL_DOMAIN, members
from lms_bridge.demo.draws import Draws
from lms_bridge.demo.plan import Plan, add_years
from lms_bridge.demo.skills import SKILLS
from lms_bridge.demo.timeline import Timeline, instant
from lms_bridge.skills.strengths import Strength


@dataclass(frozen=True, slots=True)
class Academy:
    """An invented issuer; `standing` None is undecided."""

    name: str
    slug: str
    standing: Standing | None = None
    reason: str = ""

    @property
    def private_key(self) -> bytes:
        """The signing key as PEM, the same in every demo: it protects nothing."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def issuer_id(self) -> str:
        """The issuer's id, which is its public key."""
        public = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return str(did_key_from_pem(public))

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(sha256(f"lms-bridge demo {self.slug}".encode()).digest())


CHAMBER = Academy(
    "Chamber of Industry Oberrhein",
    "chamber-oberrhein",
    Standing("trusted", Strength.ASSESSED, 2),
    "public body, practical examination before two examiners",
)
SALES_ACADEMY = Academy("Atelier Vente Academy", "atelier-vente")
PORTAL = Academy(
    "OpenCourse Portal",
    "opencourse-portal",
    Standing("known", Strength.COMPLETED, 1),
    "a badge for watching the videos; nobody is examined",
)
ACADEMIES = (CHAMBER, SALES_ACADEMY, PORTAL)


@dataclass(frozen=True, slots=True)
class BadgeClass:
    """A badge that an academy gives for one skill. `valid_years` 0 does not run out."""

    academy: Academy
    slug: str
    name: str
    criteria: str
    skill: str
    first: str
    valid_years: int = 0

    @property
    def achievement_id(self) -> str:
        """The address that names the badge."""
        return f"https://{self.academy.slug}.example/badges/{self.slug}"


HYDRAULICS = BadgeClass(
    CHAMBER,
    "hydraulics-2",
    "Hydraulics, practical examination",
    "Find and mend two faults in a test rig, before two examiners.",
    "hydraulics",
    "2025-09-18",
    5,
)
CRM = BadgeClass(
    SALES_ACADEMY,
    "crm-professional",
    "CRM Professional",
    "Hand in a plan for a key account and defend it.",
    "crm",
    "2026-02-05",
)
AGILE = BadgeClass(
    PORTAL,
    "agile-explained",
    "Agile explained",
    "Watch all eleven videos.",
    "agile",
    "2026-04-21",
)
# A badge of somebody whom the roster does not know: it waits for an identity.
STRANGER = "k.sommer@privat.example"


@dataclass(frozen=True, slots=True)
class Awarded:
    """A badge given to one address."""

    badge: BadgeClass
    address: str
    number: int


def awarded(plan: Plan) -> tuple[Awarded, ...]:
    """Return who brings which badge: people whose role asks the skill and who have not shown it otherwise."""
    found: list[Awarded] = []
    for badge, team_id, role_id, count in (
        (HYDRAULICS, "MNT", "maintenance-technician", 2),
        (CRM, "SAL", "account-manager", 3),
        (AGILE, "SWE", "software-developer", 2),
    ):
        shown = {paper.person.person_id for paper in plan.papers if paper.kind.skill == badge.skill}
        without = [
            person.email
            for person in members(team_id)
            if role_id in person.role_ids
            and person.person_id not in shown
            and person.email.endswith(MAIL_DOMAIN)
        ]
        found += [Awarded(badge, address, number) for number, address in enumerate(without[:count], start=1)]
    return (*found, Awarded(CRM, STRANGER, 9))


def badge_files(timeline: Timeline, draws: Draws, given: Sequence[Awarded]) -> Mapping[str, bytes]:
    """Return file name → signed credential (JWT)."""
    return {
        f"{one.badge.slug}-{one.number}.jwt": OB3Signer(one.badge.academy.private_key, "EdDSA")
        .sign(_credential(one, timeline, draws))
        .encode()
        for one in given
    }


def _credential(one: Awarded, timeline: Timeline, draws: Draws) -> OpenBadgeCredential:
    badge = one.badge
    day = draws.between(timeline.on(badge.first), timeline.on("2026-06-12"), "badge", badge.slug, one.number)
    return OpenBadgeCredential(
        issuer=Issuer(badge.academy.issuer_id, badge.academy.name),
        recipient_id=f"mailto:{one.address}",
        achievement=Achievement(
            id=badge.achievement_id,
            name=badge.name,
            description=badge.criteria,
            criteria_narrative=badge.criteria,
            alignments=[Alignment(badge.name, SKILLS[badge.skill])],
        ),
        id=f"urn:uuid:{draws.uuid('badge', badge.slug, one.number)}",
        issuance_date=instant(day, 10 * 3600),
        expiration_date=instant(add_years(day, badge.valid_years), 10 * 3600) if badge.valid_years else None,
    )
