"""Commands of data: frameworks, crosswalks, rosters, requirements, catalogue, certificates, rules."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from lms_bridge import clock
from lms_bridge.cli.options import (
    Operator,
    answer,
    dry_run_option,
    json_option,
    pass_operator,
    progress_bar,
    read_folder,
    tells_errors,
)
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.exporting import export_framework, propose_requirements
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.rule_making import foresee_packs
from lms_bridge.skills.formats import FORMATS
from lms_bridge.store.crosswalks import stale_mappings
from lms_bridge.store.frameworks import list_frameworks
from reports.content.rules import Foresight

PATH = click.Path(exists=True, path_type=Path)
replace_option = click.option("--replace", is_flag=True, help="Rows absent from the file are taken back.")


@click.group()
def framework() -> None:
    """Skill frameworks."""


@framework.command("import")
@click.argument("path", type=PATH)
@click.option("--format", "kind", type=click.Choice(sorted(FORMATS)), required=True)
@click.option("--name", help="Name of the framework; default by format.")
@click.option("--version", help="Release, where the files do not say it.")
@dry_run_option
@json_option
@pass_operator
@tells_errors
def framework_import(
    operator: Operator,
    path: Path,
    kind: str,
    name: str | None,
    version: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a framework from PATH, a file or a folder in its own published format."""
    with operator.session() as session, progress_bar("importing") as tell:
        done = import_framework(
            session,
            format=kind,
            files=read_folder(path),
            name=name,
            version=version,
            progress=tell,
            dry_run=dry_run,
        )
    if dry_run and not as_json:
        for word, iris in (("appears", done.appeared), ("vanishes", done.vanished)):
            for iri in iris:
                click.echo(f"{word}: {iri}")
        for renamed in done.renamed:
            click.echo(f"renamed: {renamed.iri}: {renamed.old} → {renamed.new}")
    for remark in done.remarks:
        click.echo(f"note: {remark}", err=True)
    data = {
        "name": done.name,
        "version": done.version,
        "skills": done.skills,
        "concepts": done.concepts,
        "unchanged": done.is_unchanged,
        "appeared": len(done.appeared),
        "vanished": list(done.vanished),
        "renamed": len(done.renamed),
        "dry_run": dry_run,
    }
    changed = (
        "nothing changed"
        if done.is_unchanged
        else (f"{len(done.appeared)} appeared, {len(done.vanished)} vanished, {len(done.renamed)} renamed")
    )
    answer(data, f"{done.name} {done.version}: {done.skills} skills; {changed}", as_json=as_json)


@framework.command("list")
@json_option
@pass_operator
@tells_errors
def framework_list(operator: Operator, *, as_json: bool) -> None:
    """List the loaded frameworks."""
    with operator.session() as session:
        found = list_frameworks(session)
    rows = [{"name": item.name, "version": item.version, "skills": item.skills} for item in found]
    answer(
        rows,
        "\n".join(f"{r['name']} {r['version']}: {r['skills']} skills" for r in rows) or "none",
        as_json=as_json,
    )


@framework.command("export")
@click.argument("name")
@click.option("--format", "kind", type=click.Choice(["case", "csv"]), required=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; default: standard output."
)
@pass_operator
@tells_errors
def framework_export(operator: Operator, name: str, kind: Literal["case", "csv"], out: Path | None) -> None:
    """Write the release in force of a framework as a CASE package or as plain framework CSV."""
    with operator.session() as session:
        content = export_framework(session, operator.settings, name, kind)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _show(result: imports.ImportResult) -> None:
    if result.dry_run:
        for line in result.lines:
            click.echo(line)
    click.echo(result.summary)


@click.group()
def crosswalk() -> None:
    """SKOS mappings between skills."""


@crosswalk.command("import")
@click.argument("file", type=PATH)
@dry_run_option
@pass_operator
@tells_errors
def crosswalk_import(operator: Operator, file: Path, *, dry_run: bool) -> None:
    """Import crosswalk.csv."""
    with operator.session() as session:
        _show(
            imports.import_crosswalks(
                session, operator.settings, file.read_bytes(), clock.now(), dry_run=dry_run
            )
        )


@crosswalk.command("stale")
@json_option
@pass_operator
@tells_errors
def crosswalk_stale(operator: Operator, *, as_json: bool) -> None:
    """List the mappings that name a skill which no release in force has; they carry nothing until they are corrected."""
    with operator.session() as session:
        found = stale_mappings(session)
    text = "\n".join(
        f"{item.source_iri} {item.relation} {item.target_iri}: the {item.side} was in {item.framework} "
        f"{item.last_release} and is not in {item.release_in_force}"
        for item in found
    )
    answer([asdict(item) for item in found], text or "none", as_json=as_json)


@click.group()
def roster() -> None:
    """Teams and people."""


@roster.command("import")
@click.argument("folder", type=PATH)
@dry_run_option
@pass_operator
@tells_errors
def roster_import(operator: Operator, folder: Path, *, dry_run: bool) -> None:
    """Import teams.csv, people.csv, memberships.csv, assignments.csv and exemptions.csv from FOLDER."""
    files = {name.rsplit("/", 1)[-1]: content for name, content in read_folder(folder).items()}
    with operator.session() as session:
        _show(imports.import_roster(session, operator.settings, files, dry_run=dry_run))


@click.group()
def requirement() -> None:
    """What roles and teams ask."""


@requirement.command("import")
@click.argument("file", type=PATH)
@dry_run_option
@replace_option
@pass_operator
@tells_errors
def requirement_import(operator: Operator, file: Path, *, dry_run: bool, replace: bool) -> None:
    """Import requirements.csv."""
    with operator.session() as session:
        _show(
            imports.import_requirements(
                session, operator.settings, file.read_bytes(), dry_run=dry_run, replace=replace
            )
        )


@requirement.command("propose")
@click.argument("occupation")
@click.option("--framework", default="O*NET", show_default=True, help="Name of the framework that has it.")
@click.option("--role", "role_id", required=True, help="Id of the role that is to ask it.")
@click.option(
    "--through",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Crosswalk of occupations (Nesta's file): OCCUPATION is of the other classification.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; default: standard output."
)
@pass_operator
@tells_errors
def requirement_propose(
    operator: Operator,
    occupation: str,
    framework: str,
    role_id: str,
    through: Path | None,
    out: Path | None,
) -> None:
    """Write requirements.csv of a role as an occupation proposes it, to edit and import."""
    crosswalk = None if through is None else (through.name, through.read_bytes())
    with operator.session() as session:
        made = propose_requirements(session, operator.settings, framework, occupation, role_id, crosswalk)
    proposal = made.proposal
    if out is None:
        sys.stdout.buffer.write(made.content)
    else:
        out.write_bytes(made.content)
    click.echo(
        f"{made.occupation.title}: {len(proposal.rows)} skills proposed; left out: {proposal.too_light} of little importance, "
        f"{proposal.doubtful} that the publisher doubts",
        err=True,
    )


@click.group()
def catalogue() -> None:
    """Learning objects and their aliases."""


@catalogue.command("import")
@click.argument("file", type=PATH)
@dry_run_option
@replace_option
@pass_operator
@tells_errors
def catalogue_import(operator: Operator, file: Path, *, dry_run: bool, replace: bool) -> None:
    """Import catalogue.csv."""
    with operator.session() as session:
        _show(
            imports.import_catalogue(
                session, operator.settings, file.read_bytes(), dry_run=dry_run, replace=replace
            )
        )


@click.group()
def certificate() -> None:
    """Proof on paper."""


@certificate.command("import")
@click.argument("file", type=PATH)
@dry_run_option
@replace_option
@pass_operator
@tells_errors
def certificate_import(operator: Operator, file: Path, *, dry_run: bool, replace: bool) -> None:
    """Import certificates.csv."""
    with operator.session() as session:
        _show(
            imports.import_certificates(
                session, operator.settings, file.read_bytes(), dry_run=dry_run, replace=replace
            )
        )


@click.group()
def rule() -> None:
    """Rules and sender packs."""


@rule.command("import")
@click.argument("files", type=PATH, nargs=-1, required=True)
@click.option("--from", "new_from", help="New criteria from this day of achievement (YYYY-MM-DD).")
@click.option("--correction", is_flag=True, help="Corrected for all time.")
@dry_run_option
@pass_operator
@tells_errors
def rule_import(
    operator: Operator, files: tuple[Path, ...], new_from: str | None, *, correction: bool, dry_run: bool
) -> None:
    """Import packs of patterns and rules (TOML)."""
    if new_from and correction:
        raise InvalidInputError("--from and --correction exclude each other; say one")
    contents = {file.name: file.read_bytes() for file in files}
    day = imports.read_day_option("--from", new_from) if new_from else None
    with operator.session() as session:
        result = imports.import_rules(
            session, contents, new_from=day, is_correction=correction, dry_run=dry_run
        )
        _show(result)
        if dry_run:
            for foresight in foresee_packs(
                session, operator.settings, contents, new_from=day, is_correction=correction
            ):
                _show_foresight(foresight)


def _show_foresight(foresight: Foresight) -> None:
    for gain in foresight.gains:
        verb = "loses" if gain.is_loss else "gains"
        click.echo(f"{gain.name} {verb}: {gain.skill}: {gain.before or 'none'} → {gain.after or 'none'}")
    looked = "" if foresight.is_whole else f"; looked at the first {foresight.people_looked_at}"
    click.echo(
        f"today's levels of {len({gain.person_id for gain in foresight.gains})} people would change, "
        f"{foresight.people_touched} are touched{looked}"
    )


GROUPS = (framework, crosswalk, roster, requirement, catalogue, certificate, rule)
