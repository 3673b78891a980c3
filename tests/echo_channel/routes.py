"""An echo's part of the API: what is called into it becomes a message."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fte_agent.domain.messages import Identifier, InboundMessage
from fte_runtime.asgi.raw_route import RawRoute, read_body
from fte_runtime.channels.base import ApiContext
from fte_runtime.channels.intake import counted, found
from fte_runtime.config import ChannelSettings

CONTRACT = "echo-api"
MAX_BODY_BYTES = 1000


def router(context: ApiContext, channels: Sequence[ChannelSettings]) -> APIRouter:
    [channel] = channels

    async def call(request: Request) -> Response:
        found(request, channel.name)
        raw = await read_body(request, MAX_BODY_BYTES)
        message = InboundMessage(
            source="echo",
            dedupe_key=request.query_params["id"],
            channel="echo",
            channel_name=channel.name,
            thread_key="wall",
            sender=Identifier("echo", "Wanderer"),
            body=raw.decode(),
            occurred_at=context.clock.now(),
        )
        await context.publisher.publish(message, raw)
        return PlainTextResponse("heard")

    echo = APIRouter(route_class=RawRoute)
    endpoint = counted(call, clock=context.clock, metrics=context.metrics)
    echo.add_api_route("/echo", endpoint, methods=["POST"], operation_id="call")
    return echo
