"""How many people of each team hold what: the table behind the demo's target picture.

Written for 2026-06-30. An item is a catalogue key or, with "paper:", a confirmation of `PAPERS`; ":lapsed", ":soon" and
":low" choose another window of days or a lower result than the plain item. Who it is of a team is drawn; how many it
is stands here, so the company meets 68 % of its requirements, LOG fewest and SWE most, whatever the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lms_bridge.demo.skills import Strength


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of confirmation on paper; `valid_years` 0 means that it does not run out."""

    skill: str
    level: int
    strength: Strength
    issuer: str
    key: str = ""
    valid_years: int = 0


PAPERS: dict[str, PaperKind] = {
    "electrical-maintenance": PaperKind(
        "electrical-maintenance", 3, "verified", "Maintenance foreman, on the job"
    ),
    "malfunctions": PaperKind("malfunctions", 3, "verified", "Maintenance foreman, on the job"),
    "hydraulics": PaperKind("hydraulics", 2, "assessed", "Chamber of Industry Oberrhein"),
    "measuring-equipment": PaperKind("measuring-equipment", 3, "verified", "Hanna Weiß, on the job"),
    "spc": PaperKind("spc", 3, "assessed", "Quality Society Rhein-Neckar"),
    "root-cause": PaperKind("root-cause", 3, "assessed", "Quality Society Rhein-Neckar"),
    "corrective-actions": PaperKind("corrective-actions", 2, "verified", "Hanna Weiß, on the job"),
    "gdpr": PaperKind("gdpr", 2, "assessed", "Data Protection Academy Mainz"),
    "agile": PaperKind("agile", 2, "assessed", "Agile Guild Karlsruhe"),
    "crm": PaperKind("crm", 3, "assessed", "Sales College Alsace"),
    "negotiate": PaperKind("negotiate", 3, "assessed", "Sales College Alsace"),
    "sales-pitch": PaperKind("sales-pitch", 3, "verified", "Sophie Laurent, customer visit"),
    "complaints": PaperKind("complaints", 2, "verified", "Luca Moretti, customer visit"),
    "conflict": PaperKind("conflict", 2, "completed", "Mediation Centre Speyer"),
    "shift-planning": PaperKind("shift-planning", 2, "completed", "Chamber of Industry Oberrhein"),
    "budgets": PaperKind("budgets", 2, "completed", "Chamber of Industry Oberrhein"),
    "coaching": PaperKind("coaching", 2, "completed", "Mediation Centre Speyer"),
    "onet-spreadsheets": PaperKind("onet-spreadsheets", 2, "assessed", "Office Licence Board"),
    "onet-erp": PaperKind("onet-erp", 2, "assessed", "Office Licence Board"),
    "onet-troubleshooting": PaperKind(
        "onet-troubleshooting", 3, "verified", "Maintenance foreman, on the job"
    ),
    "onet-operations-monitoring": PaperKind(
        "onet-operations-monitoring", 2, "verified", "Shift leader, on the job"
    ),
    "onet-operation-and-control": PaperKind(
        "onet-operation-and-control", 2, "verified", "Piotr Zieliński, on the job"
    ),
    "onet-quality-control": PaperKind("onet-quality-control", 3, "verified", "Hanna Weiß, on the job"),
    "onet-personnel": PaperKind("onet-personnel", 2, "completed", "Mediation Centre Speyer"),
}

# Whom an item concerns: people of the team with one of these roles; "*" is everyone.
AUDIENCE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("m-01", "m-02", "m-03", "paper:onet-spreadsheets", "paper:onet-erp"), ("*",)),
    **dict.fromkeys(("m-04", "m-05", "m-06", "m-07", "m-08", "m-09", "m-10"), ("machine-operator",)),
    "paper:onet-operations-monitoring": ("machine-operator",),
    **dict.fromkeys(("m-11", "c-04", "c-05", "c-06"), ("maintenance-technician",)),
    **dict.fromkeys(
        (
            "paper:electrical-maintenance",
            "paper:malfunctions",
            "paper:hydraulics",
            "paper:onet-troubleshooting",
        ),
        ("maintenance-technician",),
    ),
    **dict.fromkeys(
        (
            "m-12",
            "m-13",
            "m-15",
            "paper:conflict",
            "paper:shift-planning",
            "paper:budgets",
            "paper:coaching",
            "paper:onet-personnel",
        ),
        ("team-leader",),
    ),
    **dict.fromkeys(("m-14", "c-03", "paper:onet-operation-and-control"), ("warehouse-operative",)),
    **dict.fromkeys(("c-01", "c-02", "c-08"), ("warehouse-operative", "warehouse-agency")),
    "c-07": ("quality-inspector",),
    **dict.fromkeys(
        (
            "paper:measuring-equipment",
            "paper:spc",
            "paper:root-cause",
            "paper:corrective-actions",
            "paper:onet-quality-control",
        ),
        ("quality-inspector",),
    ),
    **dict.fromkeys(("x-01", "x-02", "x-03", "x-04", "x-05", "paper:gdpr"), ("data-analyst",)),
    **dict.fromkeys(("x-06", "x-07", "x-08", "x-09", "x-10", "paper:agile"), ("software-developer",)),
    **dict.fromkeys(("s-01", "s-02", "s-03", "s-04", "s-05"), ("account-manager",)),
    **dict.fromkeys(
        ("paper:crm", "paper:negotiate", "paper:sales-pitch", "paper:complaints"), ("account-manager",)
    ),
}

QUOTAS: dict[str, dict[str, int]] = {
    "CO": {"m-01": 3, "m-02": 3, "m-12": 2, "m-13": 2, "x-01": 1, "x-03": 1, "x-04": 1}
    | {"paper:budgets": 2, "paper:onet-personnel": 1, "paper:onet-spreadsheets": 2},
    "OPS": {"m-01": 3, "m-02": 3, "m-12": 2, "m-13": 2, "x-01": 1, "x-03": 1, "x-05": 1}
    | {
        "c-07": 1,
        "paper:root-cause": 1,
        "paper:conflict": 2,
        "paper:budgets": 1,
        "paper:onet-spreadsheets": 1,
    },
    "OPS-A": {"m-01": 12, "m-01:soon": 2, "m-01:lapsed": 2, "m-02": 12, "m-02:soon": 1, "m-02:lapsed": 3}
    | {"m-04": 12, "m-05": 14, "m-05:low": 2, "m-06": 11, "m-07": 15, "m-08": 13, "m-09": 9, "m-10": 8}
    | {"m-12": 1, "m-13": 2, "m-15": 1, "paper:shift-planning": 1}
    | {"paper:onet-operations-monitoring": 6},
    "OPS-B": {"m-01": 10, "m-01:soon": 2, "m-01:lapsed": 4, "m-02": 9, "m-02:soon": 1, "m-02:lapsed": 4}
    | {"m-04": 10, "m-05": 11, "m-05:low": 3, "m-06": 8, "m-07": 12, "m-08": 11, "m-09": 5, "m-10": 6}
    | {"paper:onet-operations-monitoring": 4},
    "MNT": {"m-01": 9, "m-01:soon": 1, "m-02": 8, "m-02:soon": 1, "m-02:lapsed": 1}
    | {"m-11": 4, "m-11:soon": 2, "m-11:lapsed": 2, "c-04": 2, "c-05": 8, "c-06": 8, "m-12": 2, "m-13": 2}
    | {"paper:electrical-maintenance": 7, "paper:malfunctions": 6, "paper:hydraulics": 4}
    | {"paper:onet-troubleshooting": 5},
    "LOG": {
        "m-01": 7,
        "m-01:lapsed": 5,
        "m-02": 6,
        "m-02:lapsed": 4,
        "m-14": 4,
        "c-01": 10,
        "c-02": 4,
        "c-02:soon": 1,
    }
    | {"c-03": 4, "c-08": 5, "m-12": 1, "m-13": 1, "m-15": 1, "paper:onet-operation-and-control": 3}
    | {"paper:onet-erp": 4},
    "QA": {"m-01": 7, "m-02": 6, "m-02:lapsed": 1, "c-07": 6, "m-12": 1, "m-13": 1, "paper:conflict": 1}
    | {
        "paper:measuring-equipment": 5,
        "paper:spc": 1,
        "paper:root-cause": 4,
        "paper:corrective-actions": 4,
        "m-10": 0,
    }
    | {"paper:onet-quality-control": 3},
    "COM": {
        "m-01": 2,
        "m-02": 2,
        "m-12": 2,
        "m-13": 2,
        "s-03": 1,
        "s-04": 1,
        "paper:crm": 1,
        "paper:negotiate": 1,
    }
    | {"paper:budgets": 1, "paper:onet-spreadsheets": 1},
    "SAL": {
        "m-01": 15,
        "m-01:soon": 1,
        "m-01:lapsed": 1,
        "m-02": 14,
        "m-02:soon": 1,
        "m-02:lapsed": 2,
        "m-03": 15,
    }
    | {"s-01": 13, "s-02": 12, "s-03": 15, "s-04": 13, "s-05": 14, "m-12": 1, "m-13": 1}
    | {"paper:crm": 12, "paper:negotiate": 9, "paper:complaints": 2}
    | {"paper:onet-spreadsheets": 8, "paper:onet-erp": 6},
    "DIG": {"m-01": 2, "m-02": 2, "m-12": 1, "x-06": 1, "x-07": 1, "x-08": 1, "x-09": 1, "paper:agile": 1}
    | {"paper:conflict": 1, "paper:budgets": 1},
    "DAT": {"m-01": 6, "m-02": 6, "m-03": 7, "x-01": 7, "x-03": 6, "x-04": 6, "x-05": 6, "paper:gdpr": 4}
    | {"m-12": 1, "m-13": 1, "paper:onet-spreadsheets": 5},
    "SWE": {"m-01": 11, "m-02": 9, "m-03": 11, "x-06": 11, "x-07": 11, "x-08": 11, "x-09": 10, "x-10": 10}
    | {"m-12": 1, "m-13": 1, "paper:agile": 9, "paper:conflict": 1, "paper:onet-spreadsheets": 5},
}
