"""/reports/…: the workbook and the CSV."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.conftest import Calls


def test_the_workbook_is_a_file_named_by_team_and_day(hr: FlaskClient, calls: Calls) -> None:
    with hr.get("/reports/team-coverage.xlsx?team=PAY&tree=1") as answer:
        assert answer.data == b"PK workbook"
        assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=lms-bridge-PAY-tree-2026-06-30.xlsx"
    assert calls.of("team")[0][2:] == ("PAY", True)


def test_the_csv_is_utf_8_text(hr: FlaskClient) -> None:
    answer = hr.get("/reports/team-coverage.csv?team=PAY")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "Bo Lindqvist" in answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=lms-bridge-PAY-2026-06-30.csv"


def test_the_company_has_both_forms(hr: FlaskClient) -> None:
    for form in ("xlsx", "csv"):
        with hr.get(f"/reports/company.{form}") as answer:
            assert answer.status_code == 200


def test_a_team_must_be_named_and_seen(hr: FlaskClient) -> None:
    missing = hr.get("/reports/team-coverage.xlsx")
    assert missing.status_code == 400
    assert "add team=" in missing.get_data(as_text=True)
    assert hr.get("/reports/team-coverage.csv?team=NOPE").status_code == 404
