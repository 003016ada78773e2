"""The OpenAPI and AsyncAPI documents: valid, whole, and the same in the repository."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
import schemathesis
from fastapi import FastAPI

from algoroom.api import asyncapi, documents
from algoroom.api.codes import CloseCode
from algoroom.main import create_app
from tests.api.asking import client

COMMITTED = Path(__file__).parents[2] / "docs" / "api"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(documents.default_settings())


@pytest.fixture(scope="module")
def openapi(app: FastAPI) -> Json:
    return app.openapi()


def operations(openapi: Json) -> list[tuple[str, str, Json]]:
    return [
        (method, path, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]


def resolved(document: Json, reference: str) -> Any:
    assert reference.startswith("#/")
    found: Any = document
    for part in reference[2:].split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for item in part for found in references(item)]
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for item in part.values() for found in references(item)]
    return []


def test_the_committed_documents_are_those_of_the_code(app: FastAPI) -> None:
    assert documents.outdated(app, COMMITTED) == []


def test_an_outdated_document_is_noticed(app: FastAPI, tmp_path: Path) -> None:
    assert len(documents.outdated(app, tmp_path)) == 2
    documents.write(app, tmp_path)
    assert documents.outdated(app, tmp_path) == []
    (tmp_path / "openapi.json").write_text("{}")
    assert documents.outdated(app, tmp_path) == [tmp_path / "openapi.json"]


def test_the_documents_do_not_depend_on_the_environment(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALGOROOM_MAX_BODY_BYTES", "70000")
    monkeypatch.setenv("ALGOROOM_PUBLIC_URL", "https://elsewhere.example")
    again = create_app(documents.default_settings())
    assert documents.documents(again) == documents.documents(app)


def test_the_openapi_document_is_valid(openapi: Json) -> None:
    schemathesis.openapi.from_dict(openapi).validate()
    for reference in references(openapi):
        resolved(openapi, reference)
    for schema in openapi["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_operations_have_names_words_and_a_tag(openapi: Json) -> None:
    tags = {tag["name"] for tag in openapi["tags"]}
    assert {"Interview API", "Algoroom API"} <= tags
    names = [operation["operationId"] for _, _, operation in operations(openapi)]
    assert len(names) == len(set(names))
    for _, path, operation in operations(openapi):
        assert set(operation["tags"]) <= tags, path
        assert operation["summary"], path
        assert operation["description"], path


def test_every_route_declares_its_errors_in_the_shape_of_its_contract(openapi: Json) -> None:
    for method, path, operation in operations(openapi):
        answers = operation["responses"]
        wanted = {"429", "500", "503"}
        if method not in ("get", "head"):
            wanted.add("403")
        if "requestBody" in operation:
            wanted |= {"413", "422"}
        assert wanted <= answers.keys(), (method, path)
        for status, answer in answers.items():
            if status < "400":
                continue
            schema = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            shape = "ValidationProblem" if status == "422" else "InterviewProblem"
            assert schema == (shape if path.startswith("/api") else "EventsProblem"), (
                method,
                path,
                status,
            )


def test_every_answer_declares_the_headers_that_it_has(openapi: Json) -> None:
    for _, path, operation in operations(openapi):
        for status, answer in operation["responses"].items():
            headers = {"X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Reset"}
            headers |= {"Retry-After"} if status == "429" else set()
            assert headers <= answer["headers"].keys(), (path, status)


def test_the_asyncapi_document_holds_together() -> None:
    document = asyncapi.document()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for reference in references(document):
        resolved(document, reference)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")
    for channel in document["channels"].values():
        assert channel["address"] == "/ws/sessions/{id}"
        assert channel["parameters"].keys() == {"id"}


def payload_validator(message: str) -> jsonschema.Draft7Validator:
    document = asyncapi.document()
    payload = document["components"]["messages"][message]["payload"]
    return jsonschema.Draft7Validator({**payload, "components": document["components"]})


def test_every_kind_of_frame_is_a_message() -> None:
    messages = asyncapi.document()["components"]["messages"]
    kinds: dict[str, set[str]] = {}
    for name in messages:
        direction, _, kind = name.rpartition(".")
        kinds.setdefault(direction, set()).add(kind)
    assert kinds == {
        "interview.receive": {
            "join", "code-update", "cursor-position", "language-change", "ping",
        },
        "interview.send": {
            "welcome", "user-joined", "user-left", "code-update", "cursor-position",
            "language-changed", "pong", "error", "run-started", "run-output", "run-finished",
        },
        "events.send": {
            "participant_joined", "participant_left", "code_update", "execution_result",
        },
    }  # fmt: skip


def test_messages_tell_right_frames_from_wrong_ones() -> None:
    write = payload_validator("interview.receive.code-update")
    assert write.is_valid({"type": "code-update", "data": {"code": "x"}})
    change = {"from": 0, "to": 1, "insert": "x"}
    assert write.is_valid({"type": "code-update", "data": {"changes": [change]}})
    assert not write.is_valid({"type": "code-update", "data": {"changes": [{"from": -1}]}})
    assert not write.is_valid({"type": "join"})
    heard = payload_validator("events.send.participant_joined")
    frame = dict.fromkeys(("code", "language", "executionResult"))
    frame |= {"type": "participant_joined", "sessionId": "x", "timestamp": "2026-01-01T00:00:00Z"}
    assert heard.is_valid({**frame, "participants": 1})
    assert not heard.is_valid({**frame, "participants": "1"})


def test_every_close_code_is_told() -> None:
    description = asyncapi.document()["info"]["description"]
    for code in CloseCode:
        assert f"| {code.value} | {code.meaning} |" in description


async def test_both_documents_are_served(app: FastAPI, openapi: Json) -> None:
    async with client(app, url="http://localhost:8000") as http:
        assert (await http.get("/openapi.json")).json() == json.loads(json.dumps(openapi))
        answer = await http.get("/asyncapi.json")
        assert answer.json() == asyncapi.document()
