"""The 120 people and 12 teams of the demo company, and the leavers that old statements still speak of.

Names are chosen to break software: umlauts, ß, ş, ł, Å, an apostrophe, a double name, a name of one word, two people
of one name, and one ("-5") that a spreadsheet would read as a number. Days are written for 2026-06-30 (see timeline).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from lms_bridge.demo.draws import fixed_uuid

MOODLE = "https://moodle.rheintal.example"
OPENEDX = "https://learn.rheintal.example"
CMI5 = "https://train.rheintal.example"
MAIL_DOMAIN = "rheintal.example"

# The person of the account mess: Moodle knows her as 4711, SkillStream by her maiden name, Open edX by a UUID. None of
# the three stands in people.csv: joining them is what HR tries out.
SPLIT_PERSON = "Katharina Brandt"
SPLIT_MOODLE_ID = "4711"
SPLIT_MAIDEN_ADDRESS = f"katharina.sommer@{MAIL_DOMAIN}"

# One address, two people: a leaver's until 2025-10-31, a newcomer's from 2026-01-01.
RECYCLED_ADDRESS = f"a.mueller@{MAIL_DOMAIN}"


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `manager` is a person's handle, `parent_id` "" at the root."""

    team_id: str
    name: str
    parent_id: str
    manager: str
    legal_entity: str
    site: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the roster. `handle` is unique (the name, with the team where two people share one)."""

    person_id: str
    handle: str
    name: str
    email: str
    team_id: str
    role_ids: tuple[str, ...]
    start: str
    end: str = ""
    employment_type: str = "employee"
    fte: str = "1.0"
    leave: str = ""
    moodle_id: str = ""
    openedx_id: str = ""
    employee_number: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the person still works here today."""
        return not self.end


_DE = ("Rheintal Components GmbH", "Speyer", "DE")
_PL = ("Rheintal Components Polska Sp. z o.o.", "Poznań", "PL")
_FR = ("Rheintal Components GmbH", "Strasbourg", "FR")
_REMOTE = ("Rheintal Components GmbH", "Remote", "DE")

TEAMS: tuple[Team, ...] = (
    Team("CO", "Rheintal Components (management)", "", "Marion Vogt", *_DE),
    Team("OPS", "Operations", "CO", "Thomas Krämer", *_DE),
    Team("OPS-A", "Production shift A", "OPS", "Ayşe Demir", *_DE),
    Team("OPS-B", "Production shift B", "OPS", "Ayşe Demir", *_DE),
    Team("MNT", "Maintenance", "OPS", "Jörg Lindner", *_DE),
    Team("LOG", "Warehouse and logistics", "OPS", "Piotr Zieliński", *_PL),
    Team("QA", "Quality", "OPS", "Hanna Weiß", *_DE),
    Team("COM", "Commercial", "CO", "Sophie Laurent", *_FR),
    Team("SAL", "Sales and service", "COM", "Luca Moretti", *_FR),
    Team("DIG", "Digital", "CO", "Nadia Haddad", *_DE),
    Team("DAT", "Data and reporting", "DIG", "Björn Åkesson", *_REMOTE),
    Team("SWE", "Software", "DIG", "Chloé O'Brien-Nguyen", *_REMOTE),
)
TEAM_BY_ID = {team.team_id: team for team in TEAMS}

# name | roles after the team's own | other facts as key=value. A role list "-" means none of the team's own.
_ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CO": (
        "",
        (
            "Marion Vogt|team-leader",
            "Henrik Sommerfeld|data-analyst",
            "Claudia Reuter|team-leader",
            "Aurelio Conti||employment_type=adviser",
        ),
    ),
    "OPS": (
        "",
        (
            "Thomas Krämer|team-leader",
            "Greta Lindqvist|data-analyst",
            "Matthias Öztürk|quality-inspector;team-leader",
        ),
    ),
    "OPS-A": (
        "machine-operator",
        (
            "Ayşe Demir|team-leader",
            "Anna Müller|",
            "Sukarno|",
            "Murat Yıldız|team-leader",
            "Stefan Groß|",
            "Katarzyna Wójcik|",
            "Dragan Petrović|",
            "Lea Schäfer|",
            "Uwe Jäger|",
            "Marek Dvořák|",
            "Fatma Kaya|",
            "Jens Böhm|",
            "Ioana Popescu|",
            "Rüdiger Straßer|",
            "Viktor Schmidt|",
            "Mehmet Şahin|",
            "Nina Albrecht||start=2026-02-01",
            "Jonas Becker|-|employment_type=apprentice,start=2025-09-01",
        ),
    ),
    "OPS-B": (
        "machine-operator",
        (
            "Giulia Ferrari|",
            "Olaf Hübner|",
            "Selin Aydın|",
            "Tomasz Kowalczyk|",
            "Beate Kühn|",
            "Radu Ionescu|",
            "Kevin Lorenz|",
            "Petra Weiß|",
            "Zoltán Nagy|",
            "Svetlana Ivanova|",
            "Dirk Hofmann|",
            "Amira Ben Salah|",
            "Christian Roth|",
            "Yusuf Çelik||start=2026-06-01",
            "Monika Baumann||leave=long sick leave",
            "Patrick Engel|",
            "Emilia Krause|-|employment_type=apprentice,start=2025-09-01",
        ),
    ),
    "MNT": (
        "maintenance-technician",
        (
            "Jörg Lindner|team-leader",
            "Sven Hartmann|team-leader",
            "Andrzej Mazur|",
            "Karl-Heinz Brückner|",
            "Emre Polat|",
            "Florian Seidel|",
            "Lucie Moreau|",
            "Ingo Pfeiffer|",
            "Bogdan Stoica|",
            "Timo Winkler|",
            "Sandra Keßler|",
        ),
    ),
    "LOG": (
        "warehouse-operative",
        (
            "Piotr Zieliński|team-leader",
            "Agnieszka Kamińska|",
            "Paweł Nowak|",
            "Łukasz Wiśniewski|",
            "Magdalena Lewandowska||leave=parental leave",
            "Krzysztof Zając|",
            "Ewa Dąbrowska|",
            "Marcin Szymański|",
            "Joanna Kozłowska|",
            "Grzegorz Jankowski|",
            "Dorota Mazurek|",
            "Rafał Krawczyk|",
            "Oleksandr Kovalenko|-;warehouse-agency|employment_type=agency,start=2025-05-05",
            "Iryna Bondarenko|-;warehouse-agency|employment_type=agency,start=2025-05-05",
            "-5|-;warehouse-agency|employment_type=agency,start=2026-01-12",
            "Mihai Dumitru|-;warehouse-agency|employment_type=agency,start=2025-11-03",
        ),
    ),
    "QA": (
        "quality-inspector",
        (
            "Hanna Weiß|team-leader",
            "Gerd Fuchs|",
            "Ralf Neumann|",
            "Elif Arslan|",
            "Sabine Vogel|",
            "Johannes Münch|",
            "Marta Novotná|",
            "Corinna Beil|",
        ),
    ),
    "COM": ("", ("Sophie Laurent|team-leader", "Etienne Marchand|account-manager;team-leader")),
    "SAL": (
        "account-manager",
        (
            "Luca Moretti|team-leader",
            "Anna Müller||start=2026-01-01",
            "Katharina Brandt|",
            "Julien Fournier|",
            "Camille Girard||fte=0.5",
            "Nicolas Rousseau|",
            "Isabelle Klein||fte=0.5",
            "Markus Heller|",
            "Daniela Santos||fte=0.5",
            "Óscar Núñez|",
            "Bérénice Lefèvre|",
            "Tobias Wagner|",
            "Marie-Luise Ott||fte=0.5",
            "Giorgos Papadakis|",
            "Lena Hoffmann||fte=0.5",
            "Pierre Dubois|",
            "Silke Brandl||fte=0.5",
            "Hugo van den Berg|",
            "Aline Schmitt||leave=parental leave",
            "Félix Gauthier||start=2026-05-18",
        ),
    ),
    "DIG": ("", ("Nadia Haddad|team-leader", "Joon-ho Park|software-developer")),
    "DAT": (
        "data-analyst",
        (
            "Björn Åkesson|team-leader",
            "Priya Raman|",
            "Matteo Greco|",
            "Franziska Lang|",
            "Ewelina Górska|",
            "Samuel Okafor|",
            "Ida Sørensen|",
        ),
    ),
    "SWE": (
        "software-developer",
        (
            "Chloé O'Brien-Nguyen|team-leader",
            "Aleksandar Jovanović|",
            "Lina Eriksson|",
            "Maximilian Kurz|",
            "Thuy Tran|",
            "Rasmus Nielsen|",
            "Olga Petrova|",
            "Bastian Kern|",
            "Yara Haddou|",
            "Dominik Pichler|",
            "Sara Lindholm|",
            "Noah Fischer|",
        ),
    ),
}

_LEAVERS: tuple[tuple[str, str], ...] = (
    ("OPS-B", "Dieter Wolff|team-leader|end=2026-04-30"),
    ("SAL", "Arno Müller||end=2025-10-31"),
)

_ADDRESSES = {
    "Anna Müller (OPS-A)": f"anna.mueller@{MAIL_DOMAIN}",
    "Anna Müller (SAL)": RECYCLED_ADDRESS,
    "Arno Müller": RECYCLED_ADDRESS,
    "-5": "agency.5@logistik-personal.example",
}

_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "ø": "oe", "å": "aa", "ı": "i", "'": "", " ": "."}
)


def address_of(name: str) -> str:
    """Return the company address made of a name: lower case, ASCII, words joined by dots."""
    spelled = name.lower().translate(_SPELLED)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return f"{plain}@{MAIL_DOMAIN}"


def _default_start(index: int) -> str:
    """Long-serving people: days spread over 2012 to 2024, so that no requirement is still within its first weeks."""
    return f"{2012 + index % 13}-{1 + index * 7 % 12:02d}-01"


def _person(index: int, team_id: str, base_role: str, row: str, shared_names: frozenset[str]) -> Person:
    name, roles_text, facts_text = [*row.split("|"), ""][:3]
    extra = [role for role in roles_text.split(";") if role]
    own = () if "-" in extra or not base_role else (base_role,)
    roles = own + tuple(role for role in extra if role != "-")
    facts = dict(fact.split("=") for fact in facts_text.split(",") if fact)
    handle = f"{name} ({team_id})" if name in shared_names else name
    is_split = name == SPLIT_PERSON
    return Person(
        person_id=f"P{index:03d}",
        handle=handle,
        name=name,
        email=_ADDRESSES.get(handle) or address_of(name),
        team_id=team_id,
        role_ids=roles,
        start=facts.get("start", _default_start(index)),
        end=facts.get("end", ""),
        employment_type=facts.get("employment_type", "employee"),
        fte=facts.get("fte", "1.0"),
        leave=facts.get("leave", ""),
        moodle_id=SPLIT_MOODLE_ID if is_split else str(3100 + index),
        openedx_id=str(fixed_uuid("openedx", f"P{index:03d}")),
        employee_number=str(20400 + index),
    )


def _everyone() -> tuple[Person, ...]:
    rows = [(team_id, base, row) for team_id, (base, rows) in _ROWS.items() for row in rows]
    names = [row.split("|")[0] for _, _, row in rows]
    shared = frozenset(name for name in names if names.count(name) > 1)
    rows += [(team_id, _ROWS[team_id][0], row) for team_id, row in _LEAVERS]
    return tuple(_person(number, *row, shared) for number, row in enumerate(rows, start=1))


PEOPLE: tuple[Person, ...] = _everyone()
BY_HANDLE: dict[str, Person] = {person.handle: person for person in PEOPLE}


def members(team_id: str) -> tuple[Person, ...]:
    """Return the active people whose line team this is, in the order of their ids."""
    return tuple(person for person in PEOPLE if person.team_id == team_id and person.is_active)
