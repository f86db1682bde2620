"""The skills of the demo by short name: ESCO 1.2.0 concepts and O*NET 29.2 elements, with the roles that need them.

Labels are ESCO's English ones. ESCO has no proficiency levels, so all levels are steps of the company's scale
(1 Aware, 2 Working, 3 Independent, 4 Expert).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Importance = Literal["mandatory", "required", "desirable"]
Strength = Literal["attended", "completed", "assessed", "verified", "certified"]

ESCO = "http://data.europa.eu/esco/skill/"

SKILLS: dict[str, str] = {
    "5s": ESCO + "a276b1ad-c0b7-4b33-899c-0fbfcdbe0eee",
    "agile": ESCO + "dba46f87-0831-49cd-a1c7-340a653c0221",
    "blueprints": ESCO + "68b6ef08-d823-489d-a95c-752ae6f6e6a7",
    "budgets": ESCO + "21c5790c-0930-4d74-b3b0-84caf5af12ea",
    "coaching": ESCO + "0cc9c234-f817-4f4c-908a-4d28fe3b0f4a",
    "code-review": ESCO + "9d1b08b3-ba1e-41f6-a466-1ac1e62eb5f0",
    "complaints": ESCO + "28d715e3-3e5b-4fb6-8dd2-4be4919c8587",
    "conflict": ESCO + "0ee94af1-b445-4973-9c3f-459fab250342",
    "corrective-actions": ESCO + "286e486c-a094-4715-8e5b-a2370b09a408",
    "crm": ESCO + "dc9a236c-c640-43c3-812f-269403591edb",
    "crm-software": ESCO + "9889b795-d755-41b2-8afd-2e3c87a65a38",
    "dangerous-goods-handling": ESCO + "e3b4b533-cc4d-4c70-adb6-128120f40c88",
    "dangerous-goods-transport": ESCO + "5b0d14b1-0bf6-4f6b-b922-4becc213f0aa",
    "data-analysis": ESCO + "2b92a5b2-6758-4ee3-9fb4-b6387a55cc8f",
    "devops": ESCO + "f0de4973-0a70-4644-8fd4-3a97080476f4",
    "electrical-diagrams": ESCO + "fe96f581-4905-4282-819c-922c68bda989",
    "electrical-maintenance": ESCO + "386774ac-fe5b-431a-b485-9aec0bf5c09e",
    "electrical-safety": ESCO + "76526bf6-bada-4ca1-8e79-6b9d4228b607",
    "english": ESCO + "0ee9e985-0ee5-4a73-8a12-78b53b261bb2",
    "feedback": ESCO + "b9bb1f03-15e2-4079-943e-7e483b21725b",
    "fire-extinguishers": ESCO + "fb1203d0-7a3e-44f9-bed0-a3652bfbc6f8",
    "first-aid": ESCO + "1d21f6ad-340f-45da-a0a3-4e83867f47a6",
    "first-aid-knowledge": ESCO + "f7464f30-662b-4177-85a0-3df9693e9e58",
    "forklift": ESCO + "28cb374e-6261-4133-8371-f9a5470145da",
    "gdpr": ESCO + "d3e9b00a-0891-4fa8-836d-8240ec3d2758",
    "hydraulics": ESCO + "68e66ed6-a171-4350-8ec1-2cfc4cae50e4",
    "infosec": ESCO + "86d2e2ea-1ba2-4aa6-b465-8a1f9abc81b8",
    "lead-team": ESCO + "1f1d2ff8-c4c1-45cc-9812-6a7ee84a73cb",
    "malfunctions": ESCO + "1de6b87b-2c7d-49aa-bcc0-3b2ef75f064f",
    "measuring-equipment": ESCO + "42c25baf-ccb3-47d9-a872-bb2ceb615538",
    "negotiate": ESCO + "71152876-b629-4a99-b9ea-0f25a0d07e4e",
    "pallets": ESCO + "fd9c8437-6e20-47b5-8508-f23f442446c2",
    "plc": ESCO + "6468e5fb-f3be-4025-87be-4b6556755c61",
    "precision-machinery": ESCO + "d8045ecd-22f3-4711-bb51-58969d9f28c7",
    "product-inspection": ESCO + "1a3660c2-011c-4e96-9b1d-529afc305428",
    "prospecting": ESCO + "6d97bf55-6fb6-4795-8282-3ef915ae0bb8",
    "protective-gear": ESCO + "6122d586-5978-431f-8e7a-96e61fc1f3fc",
    "python": ESCO + "ccd0a1d9-afda-43d9-b901-96344886e14d",
    "quality-audits": ESCO + "d83cba15-8511-4d07-b89a-9fde0d1d8241",
    "quality-standards": ESCO + "8d4271ca-c9fd-40b3-875f-15f78332a49e",
    "report-results": ESCO + "c544a9f3-5945-4b54-afed-de0697852817",
    "root-cause": ESCO + "55514865-3066-4abd-86a9-dbe45a440882",
    "safety": ESCO + "198b614d-a9af-46f5-b3fd-2672b401dd8e",
    "sales-pitch": ESCO + "2f573ad6-1fa6-46c5-a48d-912368fe55aa",
    "shift-planning": ESCO + "85aa1871-db96-42f7-801f-c39f924de2d7",
    "shipments": ESCO + "3d913cd3-4ba3-4be9-8b35-4ad0de5ccb60",
    "spc": ESCO + "0c77bcd5-b94a-475d-98e9-5a4327e4d726",
    "sql": ESCO + "598de5b0-5b58-4ea7-8058-a4bc4d18c742",
    "staff-safety": ESCO + "81d47290-6046-44c9-96e0-7d54542072b5",
    "statistics": ESCO + "7ee4c2ea-b349-4bd2-81a3-ec31475d4833",
    "unit-testing": ESCO + "7961413f-61d0-4722-9cd9-20a050a29899",
    "visualisation": ESCO + "65e58886-bd1e-4c5b-8ca5-8d9b353c8aa1",
    "warehouse-safety": ESCO + "519b3949-b711-4a08-a395-a4bd068f9fa2",
    "wms": ESCO + "7c821387-b428-4f75-b5a7-7b038aa81cfd",
    "onet-operations-monitoring": "urn:onet:element:2.B.3.g",
    "onet-operation-and-control": "urn:onet:element:2.B.3.h",
    "onet-troubleshooting": "urn:onet:element:2.B.3.k",
    "onet-quality-control": "urn:onet:element:2.B.3.m",
    "onet-personnel": "urn:onet:element:2.B.5.d",
    "onet-spreadsheets": "urn:onet:commodity:43232110",
    "onet-erp": "urn:onet:commodity:43231602",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One requirement row: `skill` is a short name of SKILLS; `headcount` is "", a number or a share like "10%"."""

    skill: str
    level: int
    importance: Importance
    min_strength: Strength
    headcount: str = ""
    due_within: str = ""


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """A job role and what it needs."""

    role_id: str
    name: str
    needs: tuple[Need, ...]


_ROLE_DUE = "P90D"


def _need(skill: str, level: int, mark: str, strength: Strength) -> Need:
    importance: Importance = {"M": "mandatory", "R": "required", "D": "desirable"}[mark]  # type: ignore[assignment]  # a literal's values, looked up
    return Need(skill, level, importance, strength, due_within=_ROLE_DUE)


ROLES: tuple[RoleProfile, ...] = (
    RoleProfile(
        "machine-operator",
        "Machine operator",
        (
            _need("precision-machinery", 3, "R", "assessed"),
            _need("blueprints", 2, "R", "completed"),
            _need("product-inspection", 2, "R", "assessed"),
            _need("protective-gear", 2, "M", "completed"),
            _need("5s", 2, "D", "completed"),
            _need("spc", 1, "D", "completed"),
            _need("onet-operations-monitoring", 2, "D", "completed"),
        ),
    ),
    RoleProfile(
        "maintenance-technician",
        "Maintenance technician (electrical)",
        (
            _need("plc", 3, "R", "assessed"),
            _need("electrical-diagrams", 3, "R", "assessed"),
            _need("electrical-safety", 3, "M", "assessed"),
            _need("electrical-maintenance", 3, "R", "verified"),
            _need("hydraulics", 2, "D", "completed"),
            _need("malfunctions", 3, "R", "verified"),
            _need("root-cause", 2, "R", "completed"),
            _need("onet-troubleshooting", 3, "D", "completed"),
        ),
    ),
    RoleProfile(
        "warehouse-operative",
        "Warehouse operative",
        (
            _need("forklift", 2, "M", "certified"),
            _need("wms", 2, "R", "assessed"),
            _need("dangerous-goods-handling", 2, "M", "assessed"),
            _need("pallets", 2, "R", "completed"),
            _need("warehouse-safety", 2, "M", "completed"),
            _need("shipments", 2, "R", "completed"),
            _need("onet-operation-and-control", 2, "D", "completed"),
        ),
    ),
    RoleProfile(
        "warehouse-agency",
        "Warehouse operative (agency worker)",
        (
            _need("forklift", 2, "M", "certified"),
            _need("pallets", 2, "R", "completed"),
            _need("warehouse-safety", 2, "M", "completed"),
        ),
    ),
    RoleProfile(
        "quality-inspector",
        "Quality inspector",
        (
            _need("quality-audits", 3, "R", "assessed"),
            _need("measuring-equipment", 3, "R", "verified"),
            _need("spc", 3, "R", "assessed"),
            _need("root-cause", 3, "R", "assessed"),
            _need("quality-standards", 3, "R", "assessed"),
            _need("corrective-actions", 2, "R", "completed"),
            _need("onet-quality-control", 3, "D", "completed"),
        ),
    ),
    RoleProfile(
        "data-analyst",
        "Data analyst",
        (
            _need("sql", 3, "R", "assessed"),
            _need("data-analysis", 3, "R", "assessed"),
            _need("visualisation", 3, "R", "assessed"),
            _need("statistics", 2, "R", "assessed"),
            _need("report-results", 3, "R", "completed"),
            _need("gdpr", 2, "M", "assessed"),
            _need("onet-spreadsheets", 3, "D", "completed"),
        ),
    ),
    RoleProfile(
        "software-developer",
        "Software developer",
        (
            _need("python", 3, "R", "assessed"),
            _need("unit-testing", 3, "R", "assessed"),
            _need("code-review", 2, "R", "completed"),
            _need("devops", 2, "R", "completed"),
            _need("infosec", 2, "M", "assessed"),
            _need("agile", 2, "D", "completed"),
            _need("onet-spreadsheets", 1, "D", "completed"),
        ),
    ),
    RoleProfile(
        "account-manager",
        "Account manager",
        (
            _need("crm", 3, "R", "assessed"),
            _need("crm-software", 2, "R", "completed"),
            _need("negotiate", 3, "R", "assessed"),
            _need("sales-pitch", 3, "R", "verified"),
            _need("prospecting", 2, "R", "completed"),
            _need("complaints", 2, "R", "completed"),
            _need("onet-spreadsheets", 2, "D", "completed"),
        ),
    ),
    RoleProfile(
        "team-leader",
        "Team leader",
        (
            _need("lead-team", 3, "R", "completed"),
            _need("feedback", 2, "R", "completed"),
            _need("shift-planning", 2, "D", "completed"),
            _need("conflict", 2, "R", "completed"),
            _need("staff-safety", 3, "M", "assessed"),
            _need("budgets", 2, "D", "completed"),
            _need("coaching", 2, "D", "completed"),
            _need("onet-personnel", 2, "D", "completed"),
        ),
    ),
)

TEAM_NEEDS: tuple[tuple[str, Need], ...] = (
    ("CO", Need("infosec", 1, "mandatory", "completed", due_within="P30D")),
    ("CO", Need("safety", 1, "mandatory", "completed", due_within="P14D")),
    ("SAL", Need("gdpr", 1, "mandatory", "completed")),
    ("DAT", Need("gdpr", 1, "mandatory", "completed")),
    ("SWE", Need("gdpr", 1, "mandatory", "completed")),
    ("OPS", Need("first-aid", 1, "mandatory", "certified", headcount="10%")),
    ("LOG", Need("first-aid", 1, "mandatory", "certified", headcount="2")),
    ("OPS-A", Need("fire-extinguishers", 1, "mandatory", "completed", headcount="2")),
    ("OPS-B", Need("fire-extinguishers", 1, "mandatory", "completed", headcount="2")),
    ("MNT", Need("plc", 4, "required", "assessed", headcount="2")),
    ("SAL", Need("english", 2, "required", "completed", headcount="5")),
    ("OPS", Need("dangerous-goods-transport", 2, "mandatory", "completed", headcount="1")),
    ("LOG", Need("onet-erp", 2, "desirable", "completed")),
    ("SAL", Need("onet-erp", 1, "desirable", "completed")),
)
