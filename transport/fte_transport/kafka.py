"""Why Kafka's brokers do not take us.

aiokafka keeps the cause of a failed connection to its log and says only that it could not bootstrap, so the brokers
are dialled once more, by the same code, to hear it.
"""

import asyncio
import socket
from contextlib import suppress
from typing import Any

from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from fte_transport import tls
from fte_transport.access import CA_SOURCE, KafkaAccess
from fte_transport.connection import LogInFailed
from fte_transport.errors import AUTHENTICATION_FAILED, HOST_NOT_FOUND, AccessRefused

SECONDS = 3.0
_FAILED = (KafkaError, OSError)


async def refusal(access: KafkaAccess, seconds: float = SECONDS) -> AccessRefused | None:
    """What keeps `access` from being used; None if it works now, or if nobody answers within `seconds`.

    The first broker of the list that takes us is asked for the others, since their addresses are what clients use.
    """
    try:
        arguments = access.client_arguments()
    except AccessRefused as error:
        return error
    hosts = collect_hosts(arguments.pop("bootstrap_servers"))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await _first_refusal([(host, port) for host, port, _ in hosts], arguments, seconds)
    return None


async def _first_refusal(
    hosts: list[tuple[str, int]], arguments: dict[str, Any], seconds: float
) -> AccessRefused | None:
    refused: AccessRefused | None = None
    for host, port in hosts:
        try:
            brokers = await _brokers(host, port, arguments, seconds)
        except _FAILED as error:
            refused = refused or _meaning(error, arguments)
            continue
        for broker in brokers:
            try:
                (await _dial(*broker, arguments, seconds)).close()
            except _FAILED as error:
                return _meaning(error, arguments)
        return None
    return refused


async def _brokers(host: str, port: int, arguments: dict[str, Any], seconds: float) -> list[tuple[str, int]]:
    connection = await _dial(host, port, arguments, seconds)
    try:
        answer = await connection.send(MetadataRequest([]))
    finally:
        connection.close()
    return [(broker[1], broker[2]) for broker in answer.brokers]


async def _dial(host: str, port: int, arguments: dict[str, Any], seconds: float) -> AIOKafkaConnection:
    return await create_conn(host, port, client_id="fte-probe", request_timeout_ms=int(seconds * 1000), **arguments)


def _meaning(error: BaseException, arguments: dict[str, Any]) -> AccessRefused | None:
    """None for brokers that are merely not there."""
    cause = error.__cause__ if isinstance(error, KafkaConnectionError) else error
    if isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN:
        said = "has a host name without an address"
        return AccessRefused(HOST_NOT_FOUND, f"{said}; correct kafka.bootstrapServers, or the DNS", said)
    if refused := tls.refusal(cause or error, CA_SOURCE):
        return refused
    if isinstance(error, ConnectionResetError) and "ssl_context" in arguments:  # later it is a KafkaConnectionError
        return tls.no_tls()
    what = _log_in(error, cause, arguments)
    return AccessRefused(AUTHENTICATION_FAILED, "; ".join(what), what[0]) if what else None


def _log_in(error: BaseException, cause: BaseException | None, arguments: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the log-in, and the remedy."""
    if isinstance(error, SaslAuthenticationFailed):
        return "refuses the log-in", "check kafka.authentication and that the broker knows this user and password"
    if isinstance(error, UnsupportedSaslMechanismError):
        offered = f"offers no log-in by {arguments['sasl_mechanism']}"
        return offered, "set kafka.authentication.type to what it offers"
    if isinstance(error, IllegalSaslStateError):  # a listener without SASL
        return "takes no log-in at this port", "leave kafka.authentication out, or name a port that takes one"
    if isinstance(error, LogInFailed):
        return error.public, error.remedy
    if isinstance(cause, EOFError | ConnectionResetError | BrokenPipeError):
        spoken = f"we spoke {arguments['security_protocol']}"
        return (
            "ends the connection at once",
            f"{spoken}: set kafka.tls and kafka.authentication to what this port wants",
        )
    return None
