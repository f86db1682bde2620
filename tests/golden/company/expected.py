"""The golden company's figures, worked out by hand from the files beside this module; never written by a program.

Four views: today and 15 March with everything known, today as known before the void and the withdrawal arrived, and
16 March, the day of Bo's move. Skills and people are named by the last part of their ids. Change a figure only together
with the sentence that explains it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

At = tuple[float | None, float | None, float | None]
"""A share 30, 60 and 90 days ahead."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell. `until` is the last valid day of what keeps the level shown, empty without end."""

    status: str
    required: int | None
    attained: int
    gap: int = 0
    reason: str | None = None
    due: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """A column: what is asked, met of needed, who holds the highest level asked, on whom it hangs."""

    required: int | None
    met: int | None
    needed: int | None
    holders: str | None
    at_risk: At
    is_single: bool = False
    open: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """A head-count: team, skill, level, heads needed, heads found, share."""

    team: str
    skill: str
    level: int
    needed: int
    holders: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A report. Ratios are (met, total); a total of 0 is n/a."""

    members: str
    met: tuple[int, int]
    mandatory: tuple[int, int]
    fresh: tuple[int, int]
    at_risk: At
    skills: dict[str, Skill]
    headcounts: tuple[Count, ...] = ()
    cells: dict[str, dict[str, Pair]] = field(default_factory=dict)


def met(required: int, attained: int, until: str | None = None) -> Pair:
    return Pair("met", required, attained, until=until)


def unmet(
    required: int, attained: int, gap: int, reason: str, *, due: str | None = None, until: str | None = None
) -> Pair:
    return Pair("unmet", required, attained, gap, reason, due, until)


def free(attained: int = 0, until: str | None = None) -> Pair:
    """Nobody asks it of this person."""
    return Pair("not_required", None, attained, until=until)


def exempt(reason: str) -> Pair:
    """Lifted; the reason is the exemption's."""
    return Pair("exempt", None, 0, reason=reason)


NOTHING: At = (None, None, None)
NOBODY = Figures("", (0, 0), (0, 0), (0, 0), NOTHING, {})

# ---------------------------------------------------------------------------------------------------------------------
# Today, 30 June 2025, everything known.

ADA = {
    # Completed on 1 July 2024 for a year: it ends on 1 July, today is its last valid day. Done twice on that day: once.
    "payroll": met(3, 3, "2025-06-30"),
    # As accountant 2 (completed) and as lead 3 (assessed). The certificate shows 4, by attendance to the end only; the
    # test shows 2. So the accountant's row is met, the lead's is not, by 3 - 2; the level shown is the policy's, 4.
    "excel": unmet(3, 4, 1, "not_recognised"),
    "english": Pair("desirable", None, 0),
    # 2 July 2024 for a year. The repeat of 5 January came before the 60 days in which one renews: it changes nothing.
    "fire": met(1, 1, "2025-07-01"),
    "firstaid": free(1, "2025-07-30"),
    "privacy": free(),
    "selling": free(),
}
BO = {
    "payroll": unmet(3, 2, 1, "too_low"),
    # Sheets 2 of the office suite carries over as 2.
    "excel": met(2, 2),
    "english": free(),
    # The statement was voided: it never held.
    "fire": unmet(1, 0, 1, "reversed"),
    "firstaid": free(),
    # 20 January and half a year: ends on 20 July.
    "privacy": free(2, "2025-07-19"),
    "selling": free(2),
}
EVE = {
    # Ada's confirmation of level 4 (January) was superseded by Zoe's of level 2 (April).
    "payroll": unmet(3, 2, 1, "too_low"),
    "excel": met(2, 3),
    "english": free(),
    # 30 June 2024 for a year ends on 30 June 2025, which is today.
    "fire": unmet(1, 0, 1, "expired"),
    "firstaid": free(1, "2026-08-31"),
    "privacy": free(),
    "selling": free(),
}
FINN = {
    "payroll": free(4),
    "excel": free(),
    # Business letters only resemble it (closeMatch): shown, never counted.
    "english": unmet(2, 0, 2, "not_recognised"),
    # Asked by Finance and by Sales: one pair. Renewed on 20 May, inside the 60 days before 25 May.
    "fire": met(1, 1, "2026-05-19"),
    "firstaid": free(),
    # 0.6 gives level 1, until 1 November. Due 90 days after 1 January.
    "privacy": unmet(2, 1, 1, "too_low", due="2025-04-01", until="2025-10-31"),
    "selling": met(2, 2),
}
GIL = {
    "english": unmet(2, 1, 1, "too_low"),
    # Attending the drill is weaker than what the policy accepts.
    "fire": unmet(1, 0, 1, "not_recognised"),
    # Passed on 1 February, forfeited on 20 June.
    "privacy": unmet(2, 0, 2, "reversed", due="2025-04-01"),
    "selling": met(2, 4),
}
HANA = {
    "english": exempt("grew up in Dublin"),
    # 22:30 UTC on 9 June is 10 June in Berlin.
    "fire": met(1, 1, "2026-06-09"),
    # 90 days from 1 June, when Sales began to bind her.
    "privacy": Pair("open", 2, 0, 2, "never", "2025-08-30"),
    "selling": unmet(2, 0, 2, "never"),
}
JUN = {
    # Exempt from the role of a seller, up to and including today; not from what the team asks.
    "english": exempt("is leaving"),
    "fire": met(1, 1, "2026-01-14"),
    "privacy": met(2, 2, "2025-09-02"),
    "selling": exempt("is leaving"),
}


def of_sales(person: dict[str, Pair]) -> dict[str, Pair]:
    """The columns of Sales."""
    return {name: person[name] for name in ("english", "fire", "privacy", "selling")}


PAYROLL_COUNT = Count("PAY", "payroll", 4, 2, 1, 0.5)  # Finn; Eve is on leave and no longer at 4
PAYROLL_FIRSTAID = Count("PAY", "firstaid", 1, 1, 1, 1.0)  # 10 % of Ada, Bo and Finn is one; Ada
NIGHT_FIRSTAID = Count("NGT", "firstaid", 1, 0, 0, None)  # 10 % of nobody is nobody: n/a
NIGHT_PRIVACY = Count("NGT", "privacy", 1, 1, 0, 0.0)
ACME_FIRSTAID = Count("ACME", "firstaid", 1, 4, 2, 0.5)  # 50 % of seven active is 3.5, so four; Ada and Ivo

# Ada 2 of 3, Bo 1 of 3, Eve 1 of 3, Finn 2 of 4. In 90 days Ada's payroll and fire are gone: 4 of 13 left.
# Fresh, younger than 12 months: Ada payroll, fire of 4 held; Bo payroll, excel, privacy of 4; Eve all 3; Finn fire,
# privacy of 4.
PAY = Figures(
    members="ada bo eve finn",
    met=(6, 13),
    mandatory=(2, 5),  # fire: Ada and Finn of four; privacy: not Finn
    fresh=(10, 15),
    at_risk=(4 / 13, 4 / 13, 4 / 13),
    skills={
        "english": Skill(2, 0, 1, "", (0, 0, 0)),
        # The highest row is the lead's 3, assessed: nobody active has it, Eve is on leave.
        "excel": Skill(3, 2, 3, "", (2 / 3, 2 / 3, 2 / 3)),
        "fire": Skill(1, 2, 4, "ada finn", (0.25, 0.25, 0.25)),
        # No pair: the team's own head-count. Ada's certificate is valid up to and including the 30th day.
        "firstaid": Skill(1, 1, 1, "ada", (1, 0, 0), is_single=True),
        # The head-count asks 4, the role 3: holders are judged by 4.
        "payroll": Skill(4, 1, 3, "finn", (0, 0, 0), is_single=True),
        # One pair alone, but mandatory: it hangs on Bo, of whom nobody asks it any more.
        "privacy": Skill(2, 0, 1, "bo", (0, 0, 0), is_single=True),
        "selling": Skill(2, 1, 1, "bo finn", (1, 1, 1)),
    },
    headcounts=(PAYROLL_FIRSTAID, PAYROLL_COUNT),
    cells={"ada": ADA, "bo": BO, "eve": EVE, "finn": FINN},
)
# Finn 2 of 4, Gil 1 of 4, Hana 1 of 2, Jun 2 of 2. Jun's privacy ends between the 60th and the 90th day.
SAL = Figures(
    members="finn gil hana jun",
    met=(6, 12),
    mandatory=(4, 7),  # fire: all but Gil; privacy: Jun of three, Hana's is not yet due
    fresh=(6, 8),  # Finn fire, privacy of 3; Gil selling of 2; Hana fire; Jun both
    at_risk=(0.5, 0.5, 5 / 12),
    skills={
        "english": Skill(2, 0, 2, "", (0, 0, 0)),
        "fire": Skill(1, 3, 4, "finn hana jun", (0.75, 0.75, 0.75)),
        "privacy": Skill(2, 1, 3, "jun", (1 / 3, 1 / 3, 0), is_single=True, open=1),
        "selling": Skill(2, 2, 3, "finn gil", (2 / 3, 2 / 3, 2 / 3)),
    },
    cells={
        name: of_sales(cells) for name, cells in {"finn": FINN, "gil": GIL, "hana": HANA, "jun": JUN}.items()
    },
)
# The union counts Finn once: 6 + 6 - 2 of 13 + 12 - 4.
ACME_TREE = Figures(
    members="ada bo eve finn gil hana ivo jun",
    met=(10, 21),
    mandatory=(5, 10),
    fresh=(15, 21),  # 10 of 15, Gil, Hana and Jun 4 of 5, Ivo's first aid
    at_risk=(8 / 21, 8 / 21, 7 / 21),
    skills={
        "english": Skill(2, 0, 2, "", (0, 0, 0)),
        "excel": Skill(3, 2, 3, "", (2 / 3, 2 / 3, 2 / 3)),
        "fire": Skill(1, 4, 7, "ada finn hana jun", (3 / 7, 3 / 7, 3 / 7)),
        # Two of four: Ada up to the 30th day, Ivo up to the 60th.
        "firstaid": Skill(1, 2, 4, "ada ivo", (0.5, 0.25, 0)),
        "payroll": Skill(4, 1, 3, "finn", (0, 0, 0), is_single=True),
        # Night shift asks level 1 of one; Sales asks 2, assessed: that is what holders are judged by.
        "privacy": Skill(2, 1, 3, "bo jun", (1 / 3, 1 / 3, 0), open=1),
        "selling": Skill(2, 2, 3, "bo finn gil", (2 / 3, 2 / 3, 2 / 3)),
    },
    headcounts=(ACME_FIRSTAID, NIGHT_FIRSTAID, PAYROLL_FIRSTAID, PAYROLL_COUNT, NIGHT_PRIVACY),
)
# No direct members, but a head-count of its own over everybody below.
ACME = Figures(
    members="",
    met=(0, 0),
    mandatory=(0, 0),
    fresh=(0, 0),
    at_risk=NOTHING,
    skills={"firstaid": Skill(1, 2, 4, "ada ivo", (0.5, 0.25, 0))},
    headcounts=(ACME_FIRSTAID,),
)
# Finance has no direct members; its subtree is Payroll, whose head-counts are not its own: first aid has no figures.
FIN_TREE = Figures(
    members=PAY.members,
    met=PAY.met,
    mandatory=PAY.mandatory,
    fresh=PAY.fresh,
    at_risk=PAY.at_risk,
    skills={**PAY.skills, "firstaid": Skill(None, None, None, None, NOTHING)},
    headcounts=PAY.headcounts,
    cells=PAY.cells,
)
NGT = Figures(
    members="",
    met=(0, 0),
    mandatory=(0, 0),
    fresh=(0, 0),
    at_risk=NOTHING,
    skills={
        "firstaid": Skill(1, 0, 0, "", NOTHING),
        "privacy": Skill(1, 0, 1, "", (0, 0, 0)),
    },
    headcounts=(NIGHT_FIRSTAID, NIGHT_PRIVACY),
)
LAB = Figures("ivo", (0, 0), (0, 0), (0, 0), NOTHING, {}, cells={"ivo": {}})

# ---------------------------------------------------------------------------------------------------------------------
# Today, as known before the void and the withdrawal: Bo's fire course and Gil's privacy test stand.

BO_BEFORE = {**BO, "fire": met(1, 1, "2026-04-19")}
GIL_BEFORE = {**GIL, "privacy": met(2, 2, "2025-07-31")}
PAY_BEFORE = Figures(
    members=PAY.members,
    met=(7, 13),
    mandatory=(3, 5),
    fresh=(11, 16),
    at_risk=(5 / 13, 5 / 13, 5 / 13),
    skills={**PAY.skills, "fire": Skill(1, 3, 4, "ada bo finn", (0.5, 0.5, 0.5))},
    headcounts=PAY.headcounts,
    cells={**PAY.cells, "bo": BO_BEFORE},
)
SAL_BEFORE = Figures(
    members=SAL.members,
    met=(7, 12),
    mandatory=(5, 7),
    fresh=(7, 9),
    at_risk=(7 / 12, 0.5, 5 / 12),  # Gil's privacy ends on 1 August, Jun's on 3 September
    skills={**SAL.skills, "privacy": Skill(2, 2, 3, "gil jun", (2 / 3, 1 / 3, 0), open=1)},
    cells={**SAL.cells, "gil": of_sales(GIL_BEFORE)},
)

# ---------------------------------------------------------------------------------------------------------------------
# 15 March 2025, everything known: Bo in Sales, Cem in Payroll, Finn only in Sales, no Hana.

CEM_IN_MARCH = {
    # 15 March 2024 for a year: this is the first day on which it no longer holds.
    "payroll": unmet(3, 0, 3, "expired"),
    "excel": unmet(2, 0, 2, "never"),
    "english": free(),
    "fire": unmet(1, 0, 1, "never"),
    "firstaid": free(),
}
EVE_IN_MARCH = {
    "payroll": met(3, 4),  # Ada's confirmation still stands
    "excel": unmet(2, 0, 2, "never"),  # her test is of May
    "english": free(),
    "fire": met(1, 1, "2025-06-29"),
    "firstaid": free(1, "2026-08-31"),
}
BO_IN_MARCH = {
    "english": unmet(2, 0, 2, "never"),
    "fire": unmet(1, 0, 1, "never"),  # the voided course is of April
    "privacy": met(2, 2, "2025-07-19"),
    "selling": met(2, 2),
}
FINN_IN_MARCH = {
    "english": unmet(2, 0, 2, "not_recognised"),
    "fire": met(1, 1, "2025-05-24"),
    "privacy": Pair("open", 2, 0, 2, "never", "2025-04-01"),
    "selling": met(2, 2),
}
GIL_IN_MARCH = {
    "english": unmet(2, 1, 1, "too_low"),
    "fire": unmet(1, 0, 1, "not_recognised"),
    "privacy": met(2, 2, "2025-06-19"),  # withdrawn in June: until then it held
    "selling": met(2, 4),
}
JUN_IN_MARCH = {
    "english": unmet(2, 0, 2, "never"),  # not yet exempt
    "fire": met(1, 1, "2026-01-14"),
    "privacy": met(2, 2, "2025-09-02"),
    "selling": unmet(2, 0, 2, "never"),
}
PAY_IN_MARCH = Figures(
    members="ada cem eve",
    met=(4, 9),  # Ada 2, Cem none, Eve 2, of 3 each
    mandatory=(2, 3),
    fresh=(5, 7),  # Ada payroll, fire of 4; Eve all 3
    at_risk=(4 / 9, 4 / 9, 4 / 9),
    skills={
        "english": Skill(None, None, None, None, NOTHING),  # desirable alone: no figures
        "excel": Skill(3, 0, 3, "", (0, 0, 0)),
        "fire": Skill(1, 2, 3, "ada", (2 / 3, 2 / 3, 2 / 3), is_single=True),
        "firstaid": Skill(1, 1, 1, "ada", (1, 1, 1), is_single=True),
        "payroll": Skill(4, 2, 3, "", (2 / 3, 2 / 3, 2 / 3)),
    },
    headcounts=(Count("PAY", "firstaid", 1, 1, 1, 1.0), Count("PAY", "payroll", 4, 2, 0, 0.0)),
    cells={
        "ada": {name: ADA[name] for name in ("english", "excel", "fire", "firstaid", "payroll")},
        "cem": CEM_IN_MARCH,
        "eve": EVE_IN_MARCH,
    },
)
SAL_IN_MARCH = Figures(
    members="bo finn gil jun",
    met=(8, 15),  # 2 of 4, 2 of 3 (privacy open), 2 of 4, 2 of 4
    mandatory=(5, 7),  # fire: Finn and Jun of four; privacy: all three that are due or met
    fresh=(6, 9),  # Bo privacy of 2; Finn fire of 2; Gil selling, privacy of 3; Jun both
    at_risk=(8 / 15, 8 / 15, 7 / 15),  # Finn's fire ends on 25 May, its renewal is not foreseen
    skills={
        "english": Skill(2, 0, 4, "", (0, 0, 0)),
        "fire": Skill(1, 2, 4, "finn jun", (0.5, 0.5, 0.25)),
        "privacy": Skill(2, 3, 3, "bo gil jun", (1, 1, 1), open=1),
        "selling": Skill(2, 3, 4, "bo finn gil", (0.75, 0.75, 0.75)),
    },
    cells={"bo": BO_IN_MARCH, "finn": FINN_IN_MARCH, "gil": GIL_IN_MARCH, "jun": JUN_IN_MARCH},
)

# ---------------------------------------------------------------------------------------------------------------------
# 16 March 2025: the day of the move counts in the new team. Bo is an accountant: sheets of 10 February carry over.

MOVED_MEMBERS = {"PAY": "ada bo cem eve", "SAL": "finn gil jun"}
MOVED_MET = {"PAY": (5, 12), "SAL": (6, 11), "ACME tree": (11, 23)}

# The overview's lines: members, requirements met, mandatory; each with everything below.
TEAM_LINES = {
    "ACME": (8, (10, 21), (5, 10)),
    "FIN": (4, (6, 13), (2, 5)),
    "LAB": (1, (0, 0), (0, 0)),
    "NGT": (0, (0, 0), (0, 0)),
    "PAY": (4, (6, 13), (2, 5)),
    "SAL": (4, (6, 12), (4, 7)),
}
