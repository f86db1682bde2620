"""The demo's catalogue: 40 courses, and the four modules that course x-09 counts.

`number` is the id that the sending LMS uses (a Moodle module or course, a library course), `code` the course part of
an Open edX or cmi5 id. A key without sender is paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lms_bridge.demo.cast import CMI5, MOODLE, OPENEDX

Sends = Literal[
    "quiz",
    "course",
    "assignment",
    "badge",
    "attended",
    "openedx",
    "group",
    "cmi5-passed",
    "cmi5-completed",
    "library",
    "paper",
]

LIBRARY = "urn:skillstream:course:"

# By what sends it, the activity IRI of a course at its sender. Open edX's lacks the run, which changes every year.
_ADDRESSES: dict[Sends, str] = {
    "quiz": f"{MOODLE}/mod/quiz/view.php?id={{number}}",
    "course": f"{MOODLE}/course/view.php?id={{number}}",
    "assignment": f"{MOODLE}/mod/assign/view.php?id={{number}}",
    "badge": f"{MOODLE}/badges/overview.php?id={{number}}",
    "attended": f"{MOODLE}/mod/facetoface/view.php?id={{number}}",
    "openedx": f"{OPENEDX}/course/course-v1:RC+{{code}}",
    "group": f"{OPENEDX}/programs/{{code}}",
    "cmi5-passed": f"{CMI5}/publisher/{{code}}",
    "cmi5-completed": f"{CMI5}/publisher/{{code}}",
    "library": f"{LIBRARY}{{number}}",
    "paper": "urn:rheintal:paper:{code}",
}


@dataclass(frozen=True, slots=True)
class Course:
    """One line of the catalogue; `sends` tells by which statement the LMS says that it is done."""

    key: str
    title: str
    lang: str
    sends: Sends
    number: int
    code: str
    hours: str
    cost: str
    is_module: bool = False

    @property
    def url(self) -> str:
        """Return the activity IRI that stands for the whole course at its sender."""
        return _ADDRESSES[self.sends].format(number=self.number, code=self.code)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return the catalogue's activity patterns; Open edX runs share one key by prefix."""
        if self.sends == "openedx":
            return (f"{self.url}+*", self.url)
        return (self.url,)

    @property
    def provider(self) -> str:
        """Return who offers the course, as the catalogue prints it."""
        match self.sends:
            case "quiz" | "course" | "assignment" | "badge" | "attended":
                return "Rheintal Academy (Moodle)"
            case "openedx" | "group":
                return "Rheintal Academy (Open edX)"
            case "cmi5-passed" | "cmi5-completed":
                return "Rheintal Training Centre"
            case "library":
                return "SkillStream"
            case "paper":
                return "External body"


def _course(key: str, title: str, lang: str, sends: Sends, number: int, code: str, price: str) -> Course:
    hours, cost = price.split("/")
    return Course(key, title, lang, sends, number, code, hours, cost, is_module=key[-1].isalpha())


COURSES: tuple[Course, ...] = (
    _course("m-01", "Arbeitssicherheit: jährliche Unterweisung", "de", "quiz", 101, "", "1/0"),
    _course("m-02", "Informationssicherheit Basis 2026", "de", "quiz", 102, "", "1/0"),
    _course("m-03", "DSGVO für Büroteams", "de", "quiz", 103, "", "1.5/0"),
    _course("m-04", "Persönliche Schutzausrüstung", "de", "course", 14, "", "1/0"),
    _course("m-05", "Technische Zeichnungen lesen", "de", "quiz", 105, "", "8/0"),
    _course("m-06", "CNC-Drehen Stufe 3 (Praxisprüfung)", "de", "assignment", 106, "", "24/450"),
    _course("m-07", "CNC-Drehen Stufe 2", "de", "quiz", 107, "", "16/0"),
    _course("m-08", "Sichtprüfung und Prüfplan", "de", "quiz", 108, "", "4/0"),
    _course("m-09", "5S am Arbeitsplatz", "de", "course", 19, "", "2/0"),
    _course("m-10", "SPC Grundlagen", "de", "quiz", 110, "", "6/0"),
    _course("m-11", "Elektrofachkraft Jahresunterweisung", "de", "quiz", 111, "", "4/0"),
    _course("m-12", "Führung kompakt (Badge)", "de", "badge", 7, "", "24/900"),
    _course("m-13", "Sicherheit als Führungsaufgabe", "de", "quiz", 113, "", "4/0"),
    _course("m-14", "Gefahrgut Lager (ADR 1.3)", "de", "quiz", 114, "", "6/0"),
    _course("m-15", "Konflikte im Schichtteam (Präsenz)", "de", "attended", 115, "", "8/180"),
    _course("x-01", "SQL I", "en", "openedx", 0, "SQL1", "12/0"),
    _course("x-02", "SQL II: window functions", "en", "openedx", 0, "SQL2", "16/0"),
    _course("x-03", "Statistics for business", "en", "openedx", 0, "STAT1", "20/0"),
    _course("x-04", "Data storytelling", "en", "openedx", 0, "STORY", "10/0"),
    _course("x-05", "Exploratory data analysis", "en", "openedx", 0, "EDA", "24/0"),
    _course("x-06", "Python for engineers", "en", "openedx", 0, "PY1", "20/0"),
    _course("x-07", "Python in production", "en", "openedx", 0, "PY2", "30/0"),
    _course("x-08", "Testing and code review", "en", "openedx", 0, "TEST1", "14/0"),
    _course("x-09", "DevOps foundations (3 of 4 modules)", "en", "group", 0, "devops-foundations", "24/0"),
    _course("x-09a", "DevOps foundations: version control", "en", "openedx", 0, "DEVOPSA", "6/0"),
    _course("x-09b", "DevOps foundations: continuous integration", "en", "openedx", 0, "DEVOPSB", "6/0"),
    _course("x-09c", "DevOps foundations: containers", "en", "openedx", 0, "DEVOPSC", "6/0"),
    _course("x-09d", "DevOps foundations: observability", "en", "openedx", 0, "DEVOPSD", "6/0"),
    _course("x-10", "Secure coding", "en", "openedx", 0, "SEC1", "12/0"),
    _course("c-01", "Gabelstapler: Theorie", "de", "cmi5-passed", 0, "forklift-theory", "6/120"),
    _course("c-02", "Lagersicherheit", "de", "cmi5-completed", 0, "warehouse-safety", "2/0"),
    _course("c-03", "WMS practice", "en", "cmi5-passed", 0, "wms-practice", "8/0"),
    _course("c-04", "SPS Stufe 3", "de", "cmi5-passed", 0, "plc-level-3", "40/1200"),
    _course("c-05", "Schaltpläne lesen", "de", "cmi5-passed", 0, "electrical-diagrams", "12/0"),
    _course("c-06", "8D and root cause", "en", "cmi5-passed", 0, "root-cause-8d", "8/0"),
    _course("c-07", "Internal quality auditor", "en", "cmi5-passed", 0, "internal-auditor", "24/850"),
    _course("c-08", "Pallets and shipment tracking", "en", "cmi5-completed", 0, "pallets-shipments", "3/0"),
    _course("s-01", "Sales pitch masterclass", "en", "library", 2001, "", "3/29"),
    _course("s-02", "Negotiation skills", "en", "library", 2002, "", "4/29"),
    _course("s-03", "CRM basics", "en", "library", 2003, "", "2/29"),
    _course("s-04", "Prospecting playbook", "en", "library", 2004, "", "3/29"),
    _course("s-05", "Handling difficult customers", "en", "library", 2005, "", "2/29"),
    _course("p-01", "Staplerschein (driving licence card)", "de", "paper", 0, "staplerschein", "24/380"),
    _course("p-02", "Ersthelfer-Bescheinigung", "de", "paper", 0, "ersthelfer", "9/0"),
)
COURSE_BY_KEY: dict[str, Course] = {course.key: course for course in COURSES}
