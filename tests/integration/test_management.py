"""The management API of the real process: what a customer asked and was answered, read by an agent."""

import httpx
import pytest
from data_plane import FACT, DataPlane
from management_world import AGENT, READER, bearer, token_files

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


async def test_what_was_answered_is_read_with_its_sources_and_found_by_the_address(data_plane: DataPlane) -> None:
    tokens = token_files(data_plane.folder / "management")
    await data_plane.api(management={"tokens": str(tokens)})
    await data_plane.worker()
    form = data_plane.form()
    await data_plane.answered(await data_plane.submit(form))

    async def ask(path: str, token: str = AGENT, **params: str) -> httpx.Response:
        return await data_plane.http.get(path, params=params, headers=bearer(token))

    customer = (await ask("/customers/lookup", email=str(form["email"]))).json()
    assert [each["total"] for each in customer["conversations"]] == [1]
    (ticket,) = (await ask("/tickets", READER)).json()["tickets"]
    assert ticket["customer_id"] == customer["id"]
    shown = (await ask(f"/conversations/{ticket['conversation_id']}")).json()
    asked, said = shown["messages"]
    assert asked["text"] == form["message"]
    assert FACT in said["text"]
    assert said["reply"]["sources"][0]["uri"].startswith("docs/help.md#")
    assert said["reply"]["revision"]
    found = (await ask("/knowledge/search", READER, q=str(form["message"]))).json()
    assert found["passages"][0]["uri"] == said["reply"]["sources"][0]["uri"]
    assert (await ask("/tickets", "x" * 32)).status_code == 401


async def test_without_the_document_s_part_there_is_no_such_route(data_plane: DataPlane) -> None:
    await data_plane.api()
    assert (await data_plane.http.get("/tickets", headers=bearer(READER))).status_code == 404
