"""Every figure opens its proof in three clicks, and nobody sees more than they may: the works agreement, on every door."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import httpx
import pytest
from playwright.sync_api import Page

from lms_bridge.demo.cast import BY_HANDLE
from tests.demo.seen import everything
from tests.end_to_end.company import Company
from tests.end_to_end.walking import Walk, sign_in

REASON = "Audit of the forklift accident, file 2026/17"


def audited(company: Company, action: str) -> list[tuple[str, str, str]]:
    """Return who did `action` to what and why, as the service wrote it down."""
    with closing(
        sqlite3.connect(f"file:{company.service.data_dir}/lms_bridge.sqlite3?mode=ro", uri=True)
    ) as found:
        return found.execute(
            "SELECT who, thing, reason FROM audit WHERE action = ? ORDER BY audit_id", (action,)
        ).fetchall()


def to_the_proof(walk: Walk) -> None:
    """Click from the cell of the team page to the proof card of Sven's PLC course."""
    before = walk.clicks
    row = walk.page.locator(
        "table[data-grid] tbody tr", has=walk.page.get_by_role("rowheader", name="Sven Hartmann")
    )
    heads = walk.page.locator("table[data-grid] thead th").all_inner_texts()
    walk.click(row.locator("th, td").nth(heads.index("programmable logic controller")).get_by_role("link"))
    chosen = walk.page.locator(".is-chosen")
    assert "programmable logic controller" in walk.seen(chosen)
    walk.click(chosen.locator(".skill-proofs").get_by_role("link", name="SPS Stufe 3"))
    assert walk.clicks - before == 2
    card = walk.seen()
    for fact in ("SPS Stufe 3", "3 Independent", "assessed", "cmi5", "demo-c-04", "This proof counts"):
        assert fact in card
    assert "Last valid day" in card
    assert "Version" in card


def test_a_manager_reaches_the_proof_card_and_no_further(company: Company, page: Page) -> None:
    walk = sign_in(page, company, "joerg")
    walk.click(page.get_by_role("link", name="Maintenance").first)
    to_the_proof(walk)
    assert page.get_by_role("link", name="Open the raw statement").count() == 0
    score = page.get_by_role("row", name="score").all_inner_texts()
    assert not any("%" in text.split("\t")[1] for text in score)


def test_the_auditor_opens_the_statement_with_a_reason_that_is_logged(company: Company, page: Page) -> None:
    walk = sign_in(page, company, "auditor")
    walk.click(page.get_by_role("link", name="Teams", exact=True))
    walk.click(page.get_by_role("table").get_by_role("link", name="Maintenance").first)
    before = walk.clicks
    to_the_proof(walk)
    statement_id = page.locator("dl.facts dd", has=page.get_by_role("link", name="Open the raw statement"))
    cited = walk.seen(statement_id).split()[0]
    walk.click(page.get_by_role("link", name="Open the raw statement"))
    assert walk.clicks - before == 3
    assert "passed" not in walk.seen()
    page.get_by_label("Reason").fill(REASON)
    walk.click(page.get_by_role("button", name="Open the statement"))
    assert '"http://adlnet.gov/expapi/verbs/passed"' in walk.seen()
    auditor = company.sign_in_of("auditor").email
    assert audited(company, "view statement")[-1] == (auditor, cited, REASON)


@pytest.mark.parametrize("who", ["hr", "admin", "joerg", "employee"])
def test_nobody_else_opens_a_raw_statement(company: Company, who: str) -> None:
    sven = BY_HANDLE["Sven Hartmann"].person_id
    cited = [
        row["statement_id"]
        for row in company.evidence()
        if row["person_id"] == sven and "statement_id" in row
    ]
    for statement_id in cited[:3]:
        assert company.reader(who).get(f"/statements/{statement_id}").status_code == 404


def test_a_manager_sees_own_teams_and_nothing_else_on_every_door(company: Company) -> None:
    reader = company.reader("joerg")
    own, others = BY_HANDLE["Sven Hartmann"].person_id, BY_HANDLE["Piotr Zieliński"].person_id
    proof = company.page(f"/people/{others}").partition("/evidence/")[2][:36]
    made = company.command(
        "token",
        "add",
        "joerg",
        "--role",
        "manager",
        "--person",
        BY_HANDLE["Jörg Lindner"].person_id,
        "--json",
    )
    headers = {"Authorization": f"Bearer {json.loads(made)['token']}"}
    api = f"{company.service.base_url}/api/v1/teams"
    seen = {
        "page": reader.get("/teams/MNT").status_code,
        "person": reader.get(f"/people/{own}").status_code,
        "workbook": reader.get("/reports/team-coverage.xlsx?team=MNT").status_code,
        "CSV": reader.get("/reports/team-coverage.csv?team=MNT").status_code,
        "JSON": httpx.get(f"{api}/MNT/coverage", headers=headers, timeout=60).status_code,
    }
    assert set(seen.values()) == {200}, seen
    for team_id in ("LOG", "OPS", "CO", "no-such-team"):
        hidden = {
            "page": reader.get(f"/teams/{team_id}").status_code,
            "workbook": reader.get(f"/reports/team-coverage.xlsx?team={team_id}").status_code,
            "CSV": reader.get(f"/reports/team-coverage.csv?team={team_id}").status_code,
            "tree": reader.get(f"/reports/team-coverage.csv?team={team_id}&tree=1").status_code,
            "JSON": httpx.get(f"{api}/{team_id}/coverage", headers=headers, timeout=60).status_code,
        }
        assert set(hidden.values()) == {404}, (team_id, hidden)
    assert reader.get(f"/people/{others}").status_code == 404
    assert reader.get(f"/evidence/{proof}").status_code == 404
    for address in ("/", "/teams/", "/expiring", "/reports/company.csv"):
        text = reader.get(address).text
        assert "Piotr Zieliński" not in text, address
        assert "Luca Moretti" not in text, address
    whole = reader.get("/reports/company.csv").text
    assert "Sven Hartmann" in whole


def test_a_failed_attempt_is_in_nothing_that_a_manager_downloads(company: Company) -> None:
    failed = {
        item.statement["id"]
        for item in everything(company.today)
        if item.statement.get("result", {}).get("success") is False
    }
    assert len(failed) > 30
    reader = company.reader("joerg")
    made = company.command(
        "token",
        "add",
        "joerg-2",
        "--role",
        "manager",
        "--person",
        BY_HANDLE["Jörg Lindner"].person_id,
        "--json",
    )
    book = company.workbook("MNT", who="joerg")
    cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    found = (
        reader.get("/reports/team-coverage.csv?team=MNT").text,
        json.dumps(company.coverage("MNT", token=json.loads(made)["token"])),
        cells,
    )
    for text in found:
        assert not [statement_id for statement_id in failed if statement_id in text]
    proofs = set()
    for handle in ("Andrzej Mazur", "Karl-Heinz Brückner"):
        page = company.person_page(handle, who="joerg")
        proofs |= {part[:36] for part in page.split("/evidence/")[1:]}
    assert proofs
    for proof in proofs:
        card = company.page(f"/evidence/{proof}", "joerg")
        assert not [statement_id for statement_id in failed if statement_id in card]
