"""StatementRefs in queries: a referring statement answers for what its target says (Data 2.4.4.3, Communication 2.1.3).

Index rows of the target are copied to the referring statement when either side arrives, along chains, with a visited set
against cycles, so that every query is answered by index. A reference to a statement that its source may not read stays
unresolved.
"""

from __future__ import annotations

from collections.abc import Sequence

from lms_bridge.store.driver import Driver

# XAPI-00162: what refers to a statement answers for it, also where that is voided (Communication 2.1.3).
COPIES = (
    (
        "INSERT INTO statement_agent (agent_id, seq, direct, stored)"
        " SELECT t.agent_id, r.seq, t.direct, r.stored FROM statement_agent t, statement r"
        " WHERE t.seq = ? AND r.seq = ?"
        " ON CONFLICT (agent_id, seq) DO UPDATE SET direct = statement_agent.direct OR excluded.direct"
    ),
    (
        "INSERT INTO statement_activity (iri_id, seq, direct, stored)"
        " SELECT t.iri_id, r.seq, t.direct, r.stored FROM statement_activity t, statement r"
        " WHERE t.seq = ? AND r.seq = ?"
        " ON CONFLICT (iri_id, seq) DO UPDATE SET direct = statement_activity.direct OR excluded.direct"
    ),
    (
        "INSERT INTO statement_verb (verb_id, seq, stored)"
        " SELECT t.verb_id, r.seq, r.stored FROM statement t, statement r WHERE t.seq = ? AND r.seq = ?"
        " ON CONFLICT (verb_id, seq) DO NOTHING"
    ),
    (
        "INSERT INTO statement_verb (verb_id, seq, stored)"
        " SELECT t.verb_id, r.seq, r.stored FROM statement_verb t, statement r WHERE t.seq = ? AND r.seq = ?"
        " ON CONFLICT (verb_id, seq) DO NOTHING"
    ),
    (
        "INSERT INTO statement_registration (registration, seq, stored)"
        " SELECT t.registration, r.seq, r.stored FROM statement t, statement r"
        " WHERE t.registration IS NOT NULL AND t.seq = ? AND r.seq = ?"
        " ON CONFLICT (registration, seq) DO NOTHING"
    ),
    (
        "INSERT INTO statement_registration (registration, seq, stored)"
        " SELECT t.registration, r.seq, r.stored FROM statement_registration t, statement r"
        " WHERE t.seq = ? AND r.seq = ? ON CONFLICT (registration, seq) DO NOTHING"
    ),
)


def copy_reference_rows(
    driver: Driver, arrived: Sequence[tuple[str, int, str | None]], *, reads_all: bool, voids_all: bool
) -> tuple[str, ...]:
    """Record the references of `arrived` (id, seq, target id), then copy index rows up every chain they touch.

    `reads_all` and `voids_all` are what the credential of who sent them may do with the statements of other sources.
    Returns the ids of those that others refer to, voidings among them.
    """
    links = [(target, seq) for _, seq, target in arrived if target is not None]
    driver.many(
        "INSERT INTO statement_reference (target_id, seq, reads_all, voids_all) VALUES (?,?,?,?)",
        [(target, seq, reads_all, voids_all) for target, seq in links],
    )
    seq_of = {statement_id: seq for statement_id, seq, _ in arrived}
    for target, seq in links:
        target_seq = seq_of.get(target) or _stored_seq(driver, target)
        if target_seq is not None and target_seq != seq:
            _copy(driver, target_seq, seq)
    referred = driver.rows_in(
        "SELECT DISTINCT target_id FROM statement_reference WHERE target_id IN ({})", sorted(seq_of)
    )
    # Each arrival goes up its whole chain: what it brought must reach those who refer to its referrers, too.
    for (target_id,) in referred:
        _copy_up(driver, seq_of[target_id])
    return tuple(target_id for (target_id,) in referred)


def _copy_up(driver: Driver, start: int) -> None:
    visited = {start}
    pending = [start]
    while pending:
        target_seq = pending.pop()
        referrers = driver.run(
            "SELECT r.seq FROM statement_key k JOIN statement_reference r ON r.target_id = k.statement_id"
            " WHERE k.statement_id = (SELECT statement_id FROM statement WHERE seq = ?)",
            (target_seq,),
        ).fetchall()
        for (seq,) in referrers:
            if int(seq) not in visited:
                visited.add(int(seq))
                if _copy(driver, target_seq, int(seq)):
                    pending.append(int(seq))


def _stored_seq(driver: Driver, statement_id: str) -> int | None:
    row = driver.run("SELECT seq FROM statement_key WHERE statement_id = ?", (statement_id,)).fetchone()
    return None if row is None else int(row[0])


def _copy(driver: Driver, target_seq: int, seq: int) -> bool:
    """Copy the rows of a target to who refers to it; nothing, and False, where who sent the reference may not read it.

    Else a source could ask what another one's statement says by referring to it and querying its own reference.
    """
    may_read = driver.run(
        "SELECT t.source_id = r.source_id OR l.reads_all FROM statement t"
        " JOIN statement_reference l ON l.target_id = t.statement_id AND l.seq = ?"
        " JOIN statement r ON r.seq = l.seq WHERE t.seq = ?",
        (seq, target_seq),
    ).fetchone()
    if may_read is None or not may_read[0]:
        return False
    for sql in COPIES:
        driver.run(sql, (target_seq, seq))
    return True
