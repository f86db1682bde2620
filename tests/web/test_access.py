"""Who may open what, generated from the route table: no route is without an entry, and every entry holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms_bridge.people.scope import ROLES, Role
from lms_bridge.web.access import ACCESS, BEARER, PUBLIC, is_open_to
from tests.web.conftest import reader
from tests.web.routes import Route, routes

ClientOf = Callable[[Role], FlaskClient]


def _opened(client: FlaskClient, route: Route) -> int:
    with client.open(route.address, method=route.method) as answer:
        return answer.status_code


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    assert {route.endpoint for route in routes(app)} == set(ACCESS)


def test_signed_out_every_page_leads_to_the_sign_in(app: Flask, signed_out: FlaskClient) -> None:
    for route in routes(app):
        access = ACCESS[route.endpoint]
        if isinstance(access, frozenset):
            answer = signed_out.open(route.address, method=route.method)
            assert answer.status_code == 303, route
            assert answer.location.startswith("/sign-in"), route


def test_without_a_token_the_api_answers_401(app: Flask, signed_out: FlaskClient) -> None:
    opened = {route: _opened(signed_out, route) for route in routes(app) if ACCESS[route.endpoint] == BEARER}
    assert opened
    assert set(opened.values()) == {401}


def test_public_routes_need_no_sign_in(app: Flask, signed_out: FlaskClient) -> None:
    for route in routes(app):
        if ACCESS[route.endpoint] == PUBLIC and route.endpoint != "static" and route.method == "GET":
            assert _opened(signed_out, route) == 200, route


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_the_table_allows_and_finds_nothing_else(
    role: Role, app: Flask, client_of: ClientOf
) -> None:
    for route in routes(app):
        if not isinstance(ACCESS[route.endpoint], frozenset):
            continue
        if route.endpoint in {"dashboard.me", "dashboard.assert_own"} and reader(role).person_id is None:
            continue  # open to every role, empty for an account that belongs to nobody
        status = _opened(client_of(role), route)
        if is_open_to(role, route.endpoint):
            # A form without its fields is refused or led back, an employee is led on to the own page.
            assert status in {200, 303, 400}, (role, route)
        else:
            assert status == 404, (role, route)


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_leads_only_where_the_role_may_go(role: Role, client_of: ClientOf) -> None:
    client = client_of(role)
    page = client.get("/definitions").get_data(as_text=True)
    menu = page.partition('<nav class="menu"')[2].partition("</nav>")[0]
    addresses = [part.partition('"')[0] for part in menu.split('href="')[1:]]
    assert "/definitions" in addresses
    for address in addresses:
        assert client.get(address, follow_redirects=True).status_code == 200, (role, address)


def test_an_employee_sees_the_own_page_under_its_address_and_nobody_elses(client_of: ClientOf) -> None:
    employee = client_of("employee")
    assert employee.get("/").location == "/me"
    own = employee.get("/people/p-bo?skill=payroll-accounting")
    assert own.location == "/me?skill=payroll-accounting#skill-payroll-accounting"
    assert employee.get("/people/p-ada").status_code == 404


def test_hr_and_auditors_read_the_queues_but_cannot_act(client_of: ClientOf) -> None:
    for role in ("hr", "auditor"):
        client = client_of(role)
        assert "<form" not in client.get("/queues/clocks").get_data(as_text=True).partition("<main")[2]
        assert client.post("/queues/failures/3/retry").status_code == 404


def test_an_endpoint_without_an_entry_is_open_to_nobody() -> None:
    assert not is_open_to("admin", "dashboard.unheard_of")
