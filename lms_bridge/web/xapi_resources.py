"""The resources behind the statement door, one function each: an authenticated request in, its answer out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from werkzeug.http import http_date

from lms_bridge.pipeline import documents as document_cases
from lms_bridge.pipeline.access import AuthenticatedSource
from lms_bridge.pipeline.documents import Conditions
from lms_bridge.pipeline.querying import Consistency, activity_document_of, answer_query, repeated_of
from lms_bridge.pipeline.receiving import RequestRefusedError, StatementRequest, receive_statements
from lms_bridge.settings import Settings
from lms_bridge.store.database import OpenSession
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.statement_reader import StatementReader
from lms_bridge.web.xapi_answers import Answer
from lms_bridge.web.xapi_requests import XapiRequest
from lms_bridge.xapi.documents import Document, DocumentQuery, Method, Resource, read_document_query
from lms_bridge.xapi.formats import preferred_languages
from lms_bridge.xapi.instants import format_stored
from lms_bridge.xapi.persons import person, read_activity_query, read_agent_query
from lms_bridge.xapi.queries import read_post_parameters, read_put_id, read_query
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation

JSON: Final = "application/json"
CONSISTENT_HEADER: Final = "X-Experience-API-Consistent-Through"


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request with what answering it needs; `body` is empty where the method has none."""

    settings: Settings
    writer: StatementWriter
    reader: StatementReader
    consistency: Consistency
    open_session: OpenSession
    source: AuthenticatedSource
    version: Version
    request: XapiRequest
    body: bytes
    now: datetime

    @property
    def content_type(self) -> str:
        """The media type of the body, as sent."""
        return self.request.headers.get("content-type", "application/octet-stream")

    @property
    def conditions(self) -> Conditions:
        """The concurrency headers, as sent."""
        return Conditions(self.request.headers.get("if-match"), self.request.headers.get("if-none-match"))


Handler = Callable[[Call], Answer]


def post_statements(call: Call) -> Answer:
    """Store a statement or a batch; answer their ids."""
    violations = read_post_parameters(call.request.arguments, call.version)
    if violations:
        raise RequestRefusedError(violations)
    request = StatementRequest(call.body, call.content_type, call.version)
    result = receive_statements(call.writer, call.settings, call.source, request, call.now)
    call.consistency.outdate()
    # XAPI-00146, XAPI-00147: POST is answered 200 with every id, in order (Communication 2.1.2).
    return Answer.of_json(result.statement_ids)


def put_statement(call: Call) -> Answer:
    """Store one statement under the id of the address."""
    put_id = read_put_id(call.request.arguments, call.version)
    if not isinstance(put_id, str):
        raise RequestRefusedError(put_id)
    request = StatementRequest(call.body, call.content_type, call.version, put_id)
    receive_statements(call.writer, call.settings, call.source, request, call.now)
    call.consistency.outdate()
    # XAPI-00143: PUT is answered 204 (Communication 2.1.1).
    return Answer(204)


def get_statements(call: Call) -> Answer:
    """Answer a statement, or a page of them."""
    query = read_query(call.request.arguments, call.version, lenient=call.source.is_lenient)
    if isinstance(query, tuple):
        raise RequestRefusedError(query)
    answer = answer_query(
        call.reader,
        call.settings,
        call.source,
        call.consistency,
        query,
        repeated_of(call.request.arguments, call.request.query),
        call.version,
        preferred_languages(call.request.headers.get("accept-language")),
    )
    # XAPI-00159, XAPI-00165: GET is answered, and says what it is (Communication 2.1.3).
    headers = [("Content-Type", answer.content_type), (CONSISTENT_HEADER, format_stored(answer.through))]
    if answer.last_modified is not None:
        headers.append(("Last-Modified", http_date(answer.last_modified)))
    return Answer(headers=headers, body=answer.body)


def get_agents(call: Call) -> Answer:
    """Answer the Person of an agent."""
    agent = read_agent_query(call.request.arguments, call.version, lenient=call.source.is_lenient)
    if isinstance(agent, tuple):
        raise RequestRefusedError(agent)
    # XAPI-00236, XAPI-00248: the Person of the agent, of one that nobody knows too (Communication 2.4).
    return Answer.of_json(person([agent]))


def get_activities(call: Call) -> Answer:
    """Answer an activity with its canonical definition."""
    iri = read_activity_query(call.request.arguments, call.version, lenient=call.source.is_lenient)
    if isinstance(iri, tuple):
        raise RequestRefusedError(iri)
    # XAPI-00251, XAPI-00253: the whole Activity (Communication 2.5).
    return Answer(headers=[("Content-Type", JSON)], body=activity_document_of(call.reader, iri))


def _get_documents(resource: Resource, call: Call) -> Answer:
    query = _query(resource, "GET", call)
    if query.document_id is None:
        listed = document_cases.list_documents(call.open_session(), call.source, query)
        answer = Answer.of_json(listed.ids)
        if listed.last_change is not None:
            answer.headers.append(("Last-Modified", http_date(listed.last_change)))
        if listed.etag is not None:
            answer.headers.append(("ETag", listed.etag))
        return answer
    found = document_cases.read_document(call.open_session(), call.source, query)
    described = [
        ("Content-Type", found.content_type),
        ("ETag", found.etag),
        ("Last-Modified", http_date(found.updated_at)),
    ]
    return Answer(headers=described, body=found.content)


def _write_document(resource: Resource, method: Literal["PUT", "POST"], call: Call) -> Answer:
    query = _query(resource, method, call)
    sent = Document(call.content_type, call.body)
    etag = document_cases.write_document(
        call.open_session(), call.source, query, method, call.version, sent, call.conditions, call.now
    )
    # XAPI-00231, XAPI-00272, XAPI-00273, XAPI-00286, XAPI-00287, XAPI-00312: a write is answered 204.
    return Answer(204, [("ETag", etag)])


def _delete_documents(resource: Resource, call: Call) -> Answer:
    query = _query(resource, "DELETE", call)
    document_cases.remove_document(call.open_session(), call.source, query, call.version, call.conditions)
    return Answer(204)


def _query(resource: Resource, method: Method, call: Call) -> DocumentQuery:
    query = read_document_query(
        resource, method, call.request.arguments, call.version, lenient=call.source.is_lenient
    )
    if isinstance(query, tuple):
        violations: Sequence[Violation] = query
        raise RequestRefusedError(violations)
    return query


def _document_handlers(resource: Resource) -> Mapping[str, Handler]:
    # XAPI-00187 to XAPI-00190, XAPI-00274, XAPI-00283, XAPI-00290 to XAPI-00293: the methods of the documents.
    return {
        "GET": lambda call: _get_documents(resource, call),
        "PUT": lambda call: _write_document(resource, "PUT", call),
        "POST": lambda call: _write_document(resource, "POST", call),
        "DELETE": lambda call: _delete_documents(resource, call),
    }


# Path below the endpoint, and what answers each method. HEAD is GET without its body.
# XAPI-00139, XAPI-00140, XAPI-00230, XAPI-00245, XAPI-00252, XAPI-00282, XAPI-00311: every resource has its place.
RESOURCES: Final[Mapping[str, Mapping[str, Handler]]] = {
    "statements": {"GET": get_statements, "POST": post_statements, "PUT": put_statement},
    "agents": {"GET": get_agents},
    "activities": {"GET": get_activities},
    **{resource.value: _document_handlers(resource) for resource in Resource},
}
