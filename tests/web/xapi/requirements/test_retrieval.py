"""Results of queries and their pages (1.0.3 Data 2.5)."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from tests.web.xapi.lrs import VERBS, Caller, Lrs, ask, basic, statement
from tests.web.xapi.lrs import VERSION as VERSION_HEADER
from tests.web.xapi.requirements.cases import VERSIONS

both = pytest.mark.parametrize("version", VERSIONS)


@pytest.mark.xapi("XAPI-00110", "XAPI-00113", "XAPI-00154")
@both
def test_a_result_has_statements_and_more_and_nothing_else(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    ids = caller.post_each(statement(), statement())
    for query in ({}, {"limit": 1}, {"limit": 2}, {"verb": f"{VERBS}never"}, {"format": "ids"}):
        answer = caller.get(**query)
        assert answer.status_code == 200
        assert set(answer.json) == {"statements", "more"}
        assert isinstance(answer.json["statements"], list)
        assert isinstance(answer.json["more"], str)
        assert answer.data.count(b'"more":') == 1
    found = caller.get().json["statements"]
    assert [one["id"] for one in found] == ids[::-1]
    assert all({"actor", "verb", "object", "stored", "authority", "version"} <= one.keys() for one in found)


@pytest.mark.xapi("XAPI-00109")
@both
def test_more_is_empty_exactly_where_nothing_follows(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    assert caller.get().json["more"] == ""
    caller.post_each(*(statement() for _ in range(4)))
    for limit, is_last in ((1, False), (3, False), (4, True), (5, True), (0, True)):
        assert (caller.get(limit=limit).json["more"] == "") == is_last, limit
    assert caller.get(limit=4, ascending="true").json["more"] == ""


@pytest.mark.xapi("XAPI-00108", "XAPI-00111", "XAPI-00114")
@both
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_pages_lead_to_the_end_and_are_results_of_the_same_query(
    moodle: Caller, version: str, ascending: str
) -> None:
    caller = moodle.speaking(version)
    wanted = caller.post_each(*(statement("ada", "passed") for _ in range(7)), statement("bo", "passed"))[:7]
    caller.post(statement("ada", "failed"))
    query = {"verb": f"{VERBS}passed", "agent": '{"mbox":"mailto:ada@example.com"}', "limit": 3}
    page = caller.get(**query, ascending=ascending, format="ids").json
    sizes, seen = [], []
    while True:
        sizes.append(len(page["statements"]))
        seen += [one["id"] for one in page["statements"]]
        assert all(set(one["verb"]) == {"id"} for one in page["statements"])
        if not page["more"]:
            break
        # From the root of the server, with the headers of the first request.
        address = urljoin("http://bridge.test/xapi/statements", page["more"])
        assert urlsplit(address).path == "/xapi/statements"
        assert parse_qs(urlsplit(address).query)["limit"] == ["3"]
        headers = {"Authorization": basic(caller.source.key, caller.source.secret), VERSION_HEADER: version}
        answer = ask(caller.app, "GET", page["more"], None, headers)
        assert answer.status_code == 200
        page = answer.json
        assert set(page) == {"statements", "more"}
    assert sizes == [3, 3, 1]
    assert seen == (wanted if ascending == "true" else wanted[::-1])


@pytest.mark.xapi("XAPI-00108", "XAPI-00114")
@pytest.mark.parametrize("ascending", ["true", "false"])
def test_paging_to_the_last_page_neither_skips_nor_repeats_while_another_writer_writes(
    lrs: Lrs, ascending: str
) -> None:
    moodle, reader = lrs.source("moodle"), lrs.source("reader", scopes=["all/read"])
    before = [moodle.post(*(statement(str(n)) for n in range(5))) for _ in range(8)]
    known = [one for batch in before for one in batch]
    stop = threading.Event()
    late: list[str] = []

    def write() -> None:
        while not stop.is_set():
            late.extend(moodle.post(statement("late"), statement("late")))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        answer = reader.get(limit=3, ascending=ascending).json
        seen, more = [one["id"] for one in answer["statements"]], answer["more"]
        while more:
            ids, more = reader.page(more)
            seen += ids
            if len(seen) > 100:
                stop.set()
    finally:
        stop.set()
        writer.join()
    assert len(seen) == len(set(seen))
    if ascending == "true":
        assert seen[: len(known)] == known
        assert seen[len(known) :] == late[: len(seen) - len(known)]
    else:
        assert seen[-len(known) :] == known[::-1]
        assert set(seen[: -len(known)]) <= set(late)


@pytest.mark.xapi("XAPI-00114")
def test_a_query_without_limit_is_paged_too(moodle: Caller) -> None:
    from lms_bridge.pipeline.querying import PAGE

    ids = [one for _ in range(3) for one in moodle.post(*(statement() for _ in range(PAGE // 2)))]
    first = moodle.get().json
    assert len(first["statements"]) == PAGE
    rest, more = moodle.page(first["more"])
    assert ([one["id"] for one in first["statements"]] + rest, more) == (ids[::-1], "")
