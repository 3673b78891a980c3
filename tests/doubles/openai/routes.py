"""The four routes: a model asked by either API, embeddings, and the list of models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from doubles.openai import chat, embeddings, responses, tokens
from doubles.openai.conversation import Answer, Asked, Call
from doubles.openai.front import Front
from doubles.openai.journal import key_mark
from doubles.openai.mind import Mind
from doubles.openai.misbehaviour import Rule
from doubles.openai.parameters import Capabilities
from doubles.openai.refusals import Refusal, Refused, no_model, no_route
from doubles.openai.usage import Usage

CREATED = 1_715_367_049
CONTEXT_TOKENS = 128_000
EVENTS = "text/event-stream; charset=utf-8"


@dataclass(slots=True)
class Host:
    """What one endpoint is: its models, what it takes, who thinks, what its cache holds."""

    models: set[str]
    able: Capabilities
    mind: Mind
    cache: tokens.PrefixCache = field(default_factory=tokens.PrefixCache)
    issued: set[str] = field(default_factory=set)


class Routes:
    """Each is checked before it is noted, and noted before it is answered."""

    def __init__(self, front: Front, host: Host) -> None:
        self._front = front
        self._host = host

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1/responses", self._responses),
            web.post("/v1/chat/completions", self._chat),
            web.post("/v1/embeddings", self._embeddings),
            web.get("/v1/models", self._models),
        ]

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        body, rule = await self._front.enter("responses", request)
        try:
            self._served("responses", request)
            asked = responses.parse(body, self._host.able)
            self._check(asked)
        except Refused as refused:
            self._front.refuse("responses", request, body, refused.refusal)
        self._front.note("responses", request, body, "answered")
        if rule.error is not None:
            return await self._front.send(request, json.dumps(responses.failed(asked, rule.error)), rule)
        told = self._think("responses", request, asked, rule)
        if rule.nothing:
            told["output"] = []
        if not asked.stream:
            return await self._front.send(request, json.dumps(told), rule)
        lines = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in responses.events(told))
        return await self._front.send(request, lines, rule, content_type=EVENTS)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body, rule = await self._front.enter("chat", request)
        try:
            self._served("chat", request)
            asked = chat.parse(body, self._host.able)
            self._check(asked)
        except Refused as refused:
            self._front.refuse("chat", request, body, refused.refusal)
        self._front.note("chat", request, body, "answered")
        if rule.error is not None:
            return await self._front.send(request, json.dumps(chat.failed(rule.error)), rule)
        told = self._think("chat", request, asked, rule)
        if rule.nothing:
            told["choices"] = []
        if not asked.stream:
            return await self._front.send(request, json.dumps(told), rule)
        wanted = bool((body.get("stream_options") or {}).get("include_usage"))
        chunks = [json.dumps(chunk) for chunk in chat.events(told, with_usage=wanted)]
        lines = "".join(f"data: {chunk}\n\n" for chunk in (*chunks, "[DONE]"))
        return await self._front.send(request, lines, rule, content_type=EVENTS)

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        body, rule = await self._front.enter("embeddings", request)
        try:
            self._served("embeddings", request)
            inputs = embeddings.parse(body, self._host.able)
            self._known(body["model"])
        except Refused as refused:
            self._front.refuse("embeddings", request, body, refused.refusal)
        self._front.note("embeddings", request, body, "answered")
        told = embeddings.render(body, inputs, shuffled=rule.shuffled, usage=rule.usage)
        if rule.nothing:
            told["data"] = []
        spent = Usage(sum(count for _, count in inputs), 0, 0)
        self._answered("embeddings", "", body["model"], spent, rule)
        return await self._front.send(request, json.dumps(told), rule)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        body, rule = await self._front.enter("models", request)
        self._front.note("models", request, body, "answered")
        owned = {"object": "model", "created": CREATED, "owned_by": "system"}
        data = [{"id": name} | owned for name in sorted(self._host.models)]
        return await self._front.send(request, json.dumps({"object": "list", "data": data}), rule)

    def _served(self, operation: str, request: web.Request) -> None:
        if not getattr(self._host.able, operation):
            raise Refused(no_route(request.method, request.path))

    def _known(self, model: str) -> None:
        if model not in self._host.models:
            raise Refused(no_model(model))

    def _check(self, asked: Asked) -> None:
        self._known(asked.model)
        foreign = (item for item in asked.items if item.kind == "call" and item.call_id not in self._host.issued)
        if not self._host.able.foreign_calls and (item := next(foreign, None)) is not None:
            raise Refused(Refusal(400, f"Function call {item.name} is missing a signature.", "INVALID_ARGUMENT"))
        if tokens.count(asked.prompt) > CONTEXT_TOKENS:
            said = f"This model's maximum context length is {CONTEXT_TOKENS} tokens."
            raise Refused(Refusal(400, said, "context_length_exceeded", "input"))

    def _think(self, operation: str, request: web.Request, asked: Asked, rule: Rule) -> dict[str, Any]:
        answer: Answer = self._host.mind.answer(asked)
        self._host.issued |= {item.id for item in answer.items if isinstance(item, Call)}
        prompt = asked.prompt
        key = key_mark(request.headers.get("Authorization", ""))
        cached = self._host.cache.take(f"{key} {asked.model}", prompt)
        spent = Usage(tokens.count(prompt), cached, tokens.count(answer.text))
        wire: Any = responses if operation == "responses" else chat
        told: dict[str, Any] = wire.render(asked, answer, spent if rule.usage else None)
        self._answered(operation, told["id"], asked.model, spent, rule)
        return told

    def _answered(self, operation: str, answer_id: str, model: str, spent: Usage, rule: Rule) -> None:
        told: Mapping[str, Any] = {"operation": operation, "id": answer_id, "model": model, "reported": rule.usage}
        cost = {"input_tokens": spent.input, "cached_tokens": spent.cached, "output_tokens": spent.output}
        self._front.journal.write("answer", **told, **cost)
