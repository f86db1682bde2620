"""The people whose story the demo tells: the ten messy events and the edges, by name and day.

Days are written for 2026-06-30. Whoever has a case in a course or paper is left out of the drawing for it, so no draw
can contradict a story.
"""

from __future__ import annotations

from dataclasses import dataclass

from lms_bridge.demo.cast import SPLIT_PERSON
from lms_bridge.demo.quotas import PaperKind


@dataclass(frozen=True, slots=True)
class CaseLearning:
    """`handle` reaches the end of course `key` on day `on`; `score` is a share 0..1 where the sender gives one."""

    handle: str
    key: str
    on: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class CasePaper:
    """A paper of kind `kind`, issued `on`, printed last day `last` ("" = none); `level` 0 takes the kind's own."""

    handle: str
    kind: str
    on: str
    last: str = ""
    level: int = 0


PAPER_KINDS: dict[str, PaperKind] = {
    "p-01": PaperKind("forklift", 2, "certified", "Fahrschule Rhein-Stapler", key="p-01"),
    "p-02": PaperKind("first-aid", 1, "certified", "Hilfsdienst Oberrhein", key="p-02"),
    "first-aid-abroad": PaperKind("first-aid-knowledge", 1, "completed", "Secours du Rhin"),
    "fire": PaperKind("fire-extinguishers", 1, "certified", "Brandschutz Pfalz"),
    "plc": PaperKind("plc", 4, "certified", "Automation Institute Karlsruhe"),
    "english": PaperKind("english", 2, "certified", "Language Test Centre (CEFR B2)"),
    "english-c1": PaperKind("english", 3, "certified", "Language Test Centre (CEFR C1)"),
    "english-b1": PaperKind("english", 1, "certified", "Language Test Centre (CEFR B1)"),
    "adviser": PaperKind("dangerous-goods-transport", 2, "certified", "Chamber of Industry Oberrhein"),
    "electrical-maintenance": PaperKind(
        "electrical-maintenance", 3, "verified", "Maintenance foreman, on the job"
    ),
    "gdpr": PaperKind("gdpr", 2, "assessed", "Data Protection Academy Mainz"),
    "pitch-course": PaperKind("sales-pitch", 3, "completed", "Sales College Alsace"),
    "repair-course": PaperKind("malfunctions", 3, "assessed", "Automation Institute Karlsruhe"),
    "conflict-day": PaperKind("conflict", 2, "attended", "Mediation Centre Speyer"),
    "sales-pitch": PaperKind("sales-pitch", 3, "verified", "Sophie Laurent, customer visit"),
}

# 1. Re-opening SQL II repeats "passed": times by person, over the eight months after the first pass.
REOPENED: dict[str, int] = {
    "Björn Åkesson": 3,
    "Priya Raman": 40,
    "Matteo Greco": 12,
    "Franziska Lang": 7,
    "Samuel Okafor": 25,
    "Ida Sørensen": 5,
    "Henrik Sommerfeld": 18,
    "Greta Lindqvist": 9,
    "Olga Petrova": 31,
}

# 4. The tab is closed after the pass and the LMS sends "abandoned".
ABANDONED: tuple[str, ...] = (
    "Sven Hartmann",
    "Andrzej Mazur",
    "Emre Polat",
    "Florian Seidel",
    "Timo Winkler",
)

# 5. Waived by the administrator, then satisfied; and satisfied at enrolment. None of them learned anything.
WAIVED: tuple[str, ...] = (
    "Agnieszka Kamińska",
    "Paweł Nowak",
    "Łukasz Wiśniewski",
    "Magdalena Lewandowska",
    "Krzysztof Zając",
    "Ewa Dąbrowska",
    "Marcin Szymański",
    "Oleksandr Kovalenko",
    "Iryna Bondarenko",
    "Uwe Jäger",
    "Dragan Petrović",
    "Kevin Lorenz",
)
SATISFIED_AT_ENROLMENT: tuple[str, ...] = ("-5", "Mihai Dumitru", "Dirk Hofmann")

# 3. The badge that was given to the wrong person.
WITHDRAWN_BADGE = ("Murat Yıldız", "m-12", "2026-03-12")

# 7. Attempts at exactly half marks, 31 in all, by team and quiz; and per shift, blueprint quizzes at exactly 75 %.
HALF_MARKS: tuple[tuple[str, str, int], ...] = (
    ("OPS-A", "m-08", 6),
    ("OPS-B", "m-08", 6),
    ("OPS-B", "m-10", 4),
    ("SAL", "m-03", 6),
    ("DAT", "m-03", 2),
    ("LOG", "m-14", 4),
    ("LOG", "m-01", 3),
)
THREE_QUARTERS_PER_SHIFT = 4

# People without any drawn learning: what they did stands below, and nothing else.
_ALL_BY_CASE = frozenset({SPLIT_PERSON, "Aurelio Conti", "Yusuf Çelik", "Félix Gauthier", "-5"})

LEARNED: tuple[CaseLearning, ...] = (
    # 1. The first pass of those who re-open the course.
    CaseLearning("Björn Åkesson", "x-02", "2025-08-04"),
    CaseLearning("Priya Raman", "x-02", "2025-09-15"),
    CaseLearning("Matteo Greco", "x-02", "2025-07-21"),
    CaseLearning("Franziska Lang", "x-02", "2025-10-06"),
    CaseLearning("Samuel Okafor", "x-02", "2025-08-26"),
    CaseLearning("Ida Sørensen", "x-02", "2025-09-02"),
    CaseLearning("Henrik Sommerfeld", "x-02", "2025-10-13"),
    CaseLearning("Greta Lindqvist", "x-02", "2025-07-08"),
    CaseLearning("Olga Petrova", "x-02", "2025-09-24"),
    # 2. Two technicians whose retry fails later.
    CaseLearning("Andrzej Mazur", "m-11", "2025-09-10", 0.88),
    CaseLearning("Karl-Heinz Brückner", "m-11", "2025-09-10", 0.84),
    # 3. The badge that is forfeited; and the colleague who holds it rightly.
    CaseLearning("Murat Yıldız", "m-12", "2025-11-03"),
    CaseLearning("Katarzyna Wójcik", "m-12", "2025-11-03"),
    # 4. PLC at level 3: Sven last of all, so he is the next best after the expert.
    CaseLearning("Sven Hartmann", "c-04", "2026-03-11", 0.86),
    CaseLearning("Andrzej Mazur", "c-04", "2025-06-17", 0.79),
    CaseLearning("Emre Polat", "c-04", "2025-10-22", 0.91),
    CaseLearning("Florian Seidel", "c-04", "2025-11-19", 0.74),
    CaseLearning("Timo Winkler", "c-04", "2026-01-28", 0.83),
    # 6. The eleven facts of three accounts that nobody has joined yet.
    CaseLearning(SPLIT_PERSON, "m-01", "2026-01-14", 0.92),
    CaseLearning(SPLIT_PERSON, "m-02", "2026-01-15", 0.88),
    CaseLearning(SPLIT_PERSON, "m-03", "2025-11-12", 0.9),
    CaseLearning(SPLIT_PERSON, "s-01", "2025-09-08"),
    CaseLearning(SPLIT_PERSON, "s-02", "2025-10-02"),
    CaseLearning(SPLIT_PERSON, "s-03", "2026-03-05"),
    CaseLearning(SPLIT_PERSON, "s-04", "2026-04-20"),
    CaseLearning(SPLIT_PERSON, "x-03", "2025-12-04"),
    CaseLearning(SPLIT_PERSON, "x-04", "2026-02-17"),
    # 6. One address, two people.
    CaseLearning("Arno Müller", "s-01", "2025-04-10"),
    CaseLearning("Arno Müller", "s-03", "2025-06-18"),
    CaseLearning("Anna Müller (SAL)", "s-03", "2026-02-19"),
    CaseLearning("Anna Müller (SAL)", "s-04", "2026-03-24"),
    # 8. The technician who moved to Quality took his electrical qualification along.
    CaseLearning("Ralf Neumann", "m-11", "2025-11-20", 0.9),
    CaseLearning("Ralf Neumann", "c-05", "2025-05-22", 0.81),
    CaseLearning("Ralf Neumann", "c-06", "2025-06-30", 0.85),
    # 9. Protective gear, learned in the week in which Moodle was silent.
    CaseLearning("Stefan Groß", "m-04", "2026-02-10"),
    CaseLearning("Lea Schäfer", "m-04", "2026-02-11"),
    CaseLearning("Petra Weiß", "m-04", "2026-02-11"),
    CaseLearning("Beate Kühn", "m-04", "2026-02-12"),
    # Newcomers do what is due first; the rest is open until it is due.
    CaseLearning("Yusuf Çelik", "m-01", "2026-06-03", 0.9),
    CaseLearning("Félix Gauthier", "m-01", "2026-05-20", 0.95),
    CaseLearning("Félix Gauthier", "m-02", "2026-05-29", 0.85),
    CaseLearning("Félix Gauthier", "s-03", "2026-06-10"),
    # The rehire: from before the gap, and after it.
    CaseLearning("Nina Albrecht", "m-04", "2025-02-12"),
    CaseLearning("Nina Albrecht", "m-07", "2025-03-18", 0.8),
    # Deputies who hold what only their manager would hold otherwise.
    CaseLearning("Lina Eriksson", "m-13", "2025-10-09", 0.9),
    CaseLearning("Markus Heller", "m-13", "2025-12-02", 0.86),
    CaseLearning("Agnieszka Kamińska", "m-13", "2026-01-20", 0.8),
)

FAILED: tuple[CaseLearning, ...] = (
    # 2. A voluntary retry that fails takes nothing back.
    CaseLearning("Andrzej Mazur", "m-11", "2026-05-20", 0.62),
    CaseLearning("Karl-Heinz Brückner", "m-11", "2026-05-20", 0.55),
    # 8. The mover tries the new role's course and misses its mark; it is not due before July.
    CaseLearning("Ralf Neumann", "c-07", "2026-06-16", 0.71),
)

PAPERS: tuple[CasePaper, ...] = (
    # Forklift cards of LOG: seven hold past August, four end in July, three ran out, two people never had one.
    CasePaper("Piotr Zieliński", "p-01", "2024-05-06", "2029-05-05"),
    CasePaper("Agnieszka Kamińska", "p-01", "2023-09-11", "2028-09-10"),
    CasePaper("Łukasz Wiśniewski", "p-01", "2025-03-17", "2030-03-16"),
    CasePaper("Joanna Kozłowska", "p-01", "2022-11-07", "2027-11-06"),
    CasePaper("Oleksandr Kovalenko", "p-01", "2025-04-22", "2030-04-21"),
    CasePaper("Rafał Krawczyk", "p-01", "2024-10-14", "2029-10-13"),
    CasePaper("Krzysztof Zając", "p-01", "2021-07-07", "2026-07-06"),
    CasePaper("Ewa Dąbrowska", "p-01", "2021-07-12", "2026-07-11"),
    CasePaper("Paweł Nowak", "p-01", "2021-07-19", "2026-07-18"),
    CasePaper("Mihai Dumitru", "p-01", "2021-07-26", "2026-07-25"),
    CasePaper("Marcin Szymański", "p-01", "2021-05-21", "2026-05-20"),
    CasePaper("Dorota Mazurek", "p-01", "2021-02-20", "2026-02-19"),
    CasePaper("Iryna Bondarenko", "p-01", "2021-06-14", "2026-06-13"),
    # 10. The driver of the accident: the old card's last day, and the new card issued the day before.
    CasePaper("Grzegorz Jankowski", "p-01", "2021-03-16", "2026-03-15"),
    CasePaper("Grzegorz Jankowski", "p-01", "2026-03-14", "2031-03-13"),
    # First-aiders: eight active ones in OPS, one of LOG's two on leave, two certificates that ran out.
    CasePaper("Lea Schäfer", "p-02", "2025-03-11", "2027-03-10"),
    CasePaper("Stefan Groß", "p-02", "2024-08-22", "2026-08-21"),
    CasePaper("Ioana Popescu", "p-02", "2025-10-15", "2027-10-14"),
    CasePaper("Petra Weiß", "p-02", "2024-09-12", "2026-09-11"),
    CasePaper("Zoltán Nagy", "p-02", "2026-02-11", "2028-02-10"),
    CasePaper("Lucie Moreau", "p-02", "2025-11-05", "2027-11-04"),
    CasePaper("Corinna Beil", "p-02", "2025-05-27", "2027-05-26"),
    CasePaper("Joanna Kozłowska", "p-02", "2026-02-12", "2028-02-11"),
    CasePaper("Magdalena Lewandowska", "p-02", "2025-06-03", "2027-06-02"),
    CasePaper("Claudia Reuter", "p-02", "2025-09-16", "2027-09-15"),
    CasePaper("Dirk Hofmann", "p-02", "2023-11-14", "2025-11-13"),
    CasePaper("Sandra Keßler", "p-02", "2024-03-19", "2026-03-18"),
    # The near twin of first aid, from a course abroad: a company closeMatch joins the two.
    CasePaper("Etienne Marchand", "first-aid-abroad", "2025-04-08"),
    CasePaper("Camille Girard", "first-aid-abroad", "2025-10-21"),
    # Fire extinguishers: two each, one of them ending within 30 days.
    CasePaper("Uwe Jäger", "fire", "2023-07-21", "2026-07-20"),
    CasePaper("Fatma Kaya", "fire", "2024-05-13", "2027-05-12"),
    CasePaper("Olaf Hübner", "fire", "2023-07-25", "2026-07-24"),
    CasePaper("Selin Aydın", "fire", "2024-03-04", "2027-03-03"),
    # The one expert, the one adviser, the one who was seen pitching.
    CasePaper("Jörg Lindner", "plc", "2025-05-14"),
    CasePaper("Greta Lindqvist", "adviser", "2025-09-29", "2028-09-28"),
    CasePaper("Luca Moretti", "sales-pitch", "2025-11-25"),
    # The level is there, the strength is not: shown as not recognised.
    CasePaper("Nicolas Rousseau", "pitch-course", "2026-02-05"),
    CasePaper("Lena Hoffmann", "pitch-course", "2026-02-05"),
    CasePaper("Ingo Pfeiffer", "repair-course", "2025-11-27"),
    CasePaper("Marion Vogt", "conflict-day", "2026-03-03"),
    # Two hold GDPR at level 2 in Software, so the analyst who is shared with it is no single point of failure there.
    CasePaper("Yara Haddou", "gdpr", "2025-07-15"),
    CasePaper("Ida Sørensen", "gdpr", "2025-08-12"),
    # English: six of Sales at B2 or better.
    CasePaper("Luca Moretti", "english-c1", "2025-02-18"),
    CasePaper("Bérénice Lefèvre", "english-c1", "2025-06-24"),
    CasePaper("Julien Fournier", "english", "2025-03-27"),
    CasePaper("Óscar Núñez", "english", "2025-09-04"),
    CasePaper("Hugo van den Berg", "english", "2025-12-09"),
    CasePaper("Giorgos Papadakis", "english", "2026-04-16"),
    CasePaper("Pierre Dubois", "english-b1", "2025-11-13"),
    CasePaper("Silke Brandl", "english-b1", "2026-01-22"),
    CasePaper("Ralf Neumann", "electrical-maintenance", "2024-09-18"),
)

_IN_CASES = frozenset(
    {(row.handle, row.key) for row in (*LEARNED, *FAILED)}
    | {(row.handle, f"paper:{row.kind}") for row in PAPERS}
    | {(handle, "c-02") for handle in (*WAIVED, *SATISFIED_AT_ENROLMENT)}
    # The expert needs no lower course, and the mover none of the quality papers yet.
    | {("Jörg Lindner", "c-04"), ("Ralf Neumann", "paper:measuring-equipment"), ("Ralf Neumann", "paper:spc")}
    | {("Ingo Pfeiffer", "paper:malfunctions"), ("Marion Vogt", "paper:conflict")}
    | {("Ralf Neumann", "paper:root-cause"), ("Ralf Neumann", "paper:corrective-actions")}
)


def is_set_apart(handle: str, source: str) -> bool:
    """Whether the table of quotas must leave this person out of the course or paper (`paper:…`) named `source`."""
    return handle in _ALL_BY_CASE or (handle, source) in _IN_CASES
