"""The contract says what the server does, and the server does what the contract says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from edge.domain.tap import TERMINAL_NAME
from sync import paths
from sync.central.answers import WAIT_S_MAX, WHOLE_BYTES_MAX
from sync.central.contract import contract
from sync.central.problems import ALL_PROBLEMS, METHOD_UNKNOWN, PROBLEM_TYPE
from sync.central.routes import METRICS_PATH, ROUTES
from sync.central.squeeze import BODY_BYTES_MAX
from tests.sync.served import served_centre

DOCUMENT: Final[dict[str, Any]] = json.loads(contract())
Operation = tuple[str, str, dict[str, Any]]


def operations() -> Iterator[Operation]:
    """Yield method, path and operation of all that the contract offers."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def responses() -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield status and response of every operation."""
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            yield int(status), response


def problems_of(response: dict[str, Any]) -> list[str]:
    """Return the names of the problems that a response may be."""
    content = response.get("content", {}).get(PROBLEM_TYPE)
    if content is None:
        return []
    return [kind.removeprefix("/problems/") for kind in content["schema"]["allOf"][1]["properties"]["type"]["enum"]]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return found


def test_every_route_stands_in_the_contract_and_the_other_way_round() -> None:
    served = {(route.method, route.path) for route in ROUTES} | {("GET", METRICS_PATH)}
    assert {(method, path) for method, path, _ in operations()} == served


def test_every_problem_stands_under_its_status_and_the_other_way_round() -> None:
    told = {(status, name) for status, response in responses() for name in problems_of(response)}
    never_of_a_path = {METHOD_UNKNOWN.name}
    assert told == {(problem.status, name) for name, problem in ALL_PROBLEMS.items() if name not in never_of_a_path}


def test_whatever_is_no_success_is_a_problem_document() -> None:
    assert [status for status, response in responses() if status >= 400 and not problems_of(response)] == []


def test_every_media_type_of_the_wire_stands_in_it_and_no_other() -> None:
    bodies = [operation["requestBody"] for _, _, operation in operations() if "requestBody" in operation]
    kinds = {kind for part in (*bodies, *(response for _, response in responses())) for kind in part.get("content", {})}
    shared = {value for name, value in vars(paths).items() if name.endswith("_TYPE")}
    assert kinds - {"text/plain", "application/json", PROBLEM_TYPE} <= shared
    assert {paths.BATCH_TYPE, paths.ACK_TYPE, paths.KIT_TYPE, paths.GRANT_TYPE, paths.TIME_TYPE} <= kinds


def test_bounds_and_names_are_those_of_the_code() -> None:
    batches = DOCUMENT["paths"]["/v1/terminals/{terminal}/batches"]["post"]
    assert batches["parameters"][0]["schema"]["pattern"] == f"^{TERMINAL_NAME.pattern}$"
    assert schema("Batch")["maxLength"] == schema("Grant")["maxLength"] == BODY_BYTES_MAX
    asked = {each["name"]: each for each in DOCUMENT["paths"][paths.MANIFEST_PATH]["get"]["parameters"]}
    assert f"at most {WAIT_S_MAX:.0f} are waited" in asked["wait_s"]["description"]
    assert asked["terminal"]["schema"]["pattern"] == f"^{TERMINAL_NAME.pattern}$"
    whole = DOCUMENT["paths"][paths.SEGMENTS_PATH + "{sha256}"]["get"]["responses"]["200"]
    assert f"{WHOLE_BYTES_MAX >> 20} MiB" in whole["description"]


def test_every_reference_leads_somewhere_and_everything_is_referred_to() -> None:
    leads = set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', contract().decode()))
    assert leads == {(kind, name) for kind, parts in DOCUMENT["components"].items() for name in parts}


@pytest.mark.parametrize("name", ALL_PROBLEMS)
async def test_the_type_of_a_problem_leads_to_what_it_means(name: str, tmp_path: Path) -> None:
    problem = ALL_PROBLEMS[name]
    async with (
        served_centre(tmp_path) as (_, url),
        aiohttp.ClientSession() as session,
        session.get(f"{url}/problems/{name}") as answer,
    ):
        told = await answer.json()
    assert (told["title"], told["status"]) == (problem.title, problem.status)
    assert told["hint"]
    assert re.fullmatch(r"[A-Z_]+", told["code"])


async def test_the_contract_is_served_as_it_is_written(tmp_path: Path) -> None:
    async with (
        served_centre(tmp_path) as (_, url),
        aiohttp.ClientSession() as session,
        session.get(f"{url}/openapi.json") as answer,
    ):
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.read() == contract()


async def test_a_method_that_a_path_does_not_know_is_told_those_it_knows(tmp_path: Path) -> None:
    async with (
        served_centre(tmp_path) as (_, url),
        aiohttp.ClientSession() as session,
        session.put(url + paths.MANIFEST_PATH) as answer,
    ):
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
        assert (await answer.json(content_type=PROBLEM_TYPE))["code"] == "METHOD_UNKNOWN"
