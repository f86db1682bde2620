"""The fixed cast of the golden company: who they are in one line each, and the days on which they are looked at.

tests/golden/company/ holds the files that HR and the LMS bring about them, and the figures worked out by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

LIVES = {
    "p-ada": "leads Payroll and keeps its books: two roles; what she knows of payroll ends today, of fires tomorrow",
    "p-bo": "moved from Sales to Payroll on 16 March; his fire course is voided later; learned another suite's sheets",
    "p-cem": "left on 31 May; on 15 March his payroll course has just run out",
    "p-dora": "is in the LMS but not in the roster",
    "p-eve": "is on parental leave; Zoe judged her payroll lower in April than Ada did in January",
    "p-finn": "belongs to Sales and since May, for a project, to Payroll too; holds a payroll diploma nobody asks of him",
    "p-gil": "sells better than asked, writes worse than asked; only attended a drill; forfeits his privacy test",
    "p-hana": "joined Sales on 1 June: privacy is due later; needs no English course, she grew up in Dublin",
    "p-ivo": "works in the Laboratory, of which nobody asks anything",
    "p-jun": "has his last day today and need not learn selling any more",
    "p-kai": "starts tomorrow",
    "p-zoe": "leads the company and is in no team",
}
"""What to know of each, by person id. Night shift has no members at all."""

TODAY = date(2025, 6, 30)
"""The day of the files, and the first as-of day."""

BEFORE_THE_MOVE = date(2025, 3, 15)
"""The second as-of day: Bo is still in Sales, Cem still in Payroll."""

FILES_KNOWN_AT = datetime(2025, 6, 30, 6, 0, tzinfo=UTC)
"""When the files were imported: on the morning of `TODAY`, in UTC."""

TIME_ZONE = "Europe/Berlin"
