"""The doors for people and programs: pages, downloads, JSON, health; views read, call one use case and answer."""

from __future__ import annotations

from flask import Blueprint, Flask

from lms_bridge.settings import Settings
from lms_bridge.web import (
    api,
    auth,
    connections,
    credentials,
    dashboard,
    downloads,
    frameworks,
    health,
    oauth,
    queues,
    roles,
    rules,
)
from lms_bridge.web.filters import register_filters
from lms_bridge.web.problems import register_problems
from lms_bridge.web.security import csrf, protect
from lms_bridge.web.xapi import open_statement_door

__all__ = ["csrf", "register"]


def register(app: Flask) -> None:
    """Add every blueprint, the gate, error answers, template filters, security headers and the CSRF check to `app`.

    `app.extensions["lms_bridge"]` must be set and hold the settings.
    """
    settings: Settings = app.extensions["lms_bridge"].settings
    auth.install_gate(app)
    protect(app, settings)
    site = Blueprint(
        "site", __name__, template_folder="templates", static_folder="static", static_url_path="/assets"
    )
    app.register_blueprint(site)
    for module in (
        auth,
        dashboard,
        connections,
        credentials,
        frameworks,
        roles,
        rules,
        queues,
        downloads,
        api,
        health,
    ):
        app.register_blueprint(module.blueprint)
    csrf.exempt(api.blueprint)
    app.register_blueprint(oauth.blueprint)
    csrf.exempt(oauth.blueprint)
    register_filters(app, settings)
    register_problems(app)
    open_statement_door(app)
