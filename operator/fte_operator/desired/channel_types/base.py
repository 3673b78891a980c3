"""The form of a row: what a type of channel differs in."""

from collections.abc import Callable
from dataclasses import dataclass

from fte_operator.api.channels import SupportChannelSpec
from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.desired import Object


@dataclass(frozen=True, slots=True)
class SecretField:
    """A key of a Secret that the settings name in `field`, a path from ``spec`` on; pods find it as `file`.

    An `optional` key may be absent. One `of_workers` is no file of the API's pods, which strangers talk to.
    """

    field: str
    secret: str
    key: str
    file: str
    optional: bool = False
    of_workers: bool = False


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the outside finds the API, as far as the channel has such places."""

    endpoint: str | None
    callback: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelType:
    """What a type differs in.

    `member` is the name of its `settings` in the documents. ``channels.<topic>.inbound`` is where its raw events and
    reports go, as in the table of traits that API and worker have. `endpoint_path` is where messages, or hints of
    them, come in (None: nobody sends them, they are fetched), and `callback_path` where the vendor reports what became
    of an answer (None: it does not). `sender_fields` are the paths under ``spec`` of the addresses, a text or several,
    that one channel alone may have, the first one for good; and `logins` the files which together, each row of them,
    open the vendor's account that they belong to. `managed` says whether the employee itself tells the vendor where to
    send to; `registration` is what a person has to set there, and `unregistered` what to do about a vendor that was
    not told. `pause` is what becomes of messages while a channel is paused. `needs_public_url`: what comes to the
    endpoint comes from outside the cluster. `calls_vendor` says that workers speak HTTPS with a vendor, and
    `api_calls_vendor` that the API does, too. `fee` is what the vendor takes for a message sent, in micro-dollars.
    """

    member: str
    topic: str
    endpoint_path: Callable[[SupportChannelSpec], str | None]
    settings: Callable[[SupportChannel, Urls], Object]
    secrets: Callable[[SupportChannelSpec], tuple[SecretField, ...]] = lambda _: ()
    callback_path: Callable[[SupportChannelSpec], str | None] = lambda _: None
    managed: Callable[[SupportChannelSpec], bool] = lambda _: False
    registration: Callable[[SupportChannelSpec, Urls], str] = lambda _, __: "no registration needed"
    unregistered: Callable[[SupportChannelSpec], str] = lambda _: ""
    pause: str = "messages are answered 503 with Retry-After"
    sender_fields: tuple[tuple[str, ...], ...] = ()
    logins: tuple[tuple[str, ...], ...] = ()
    needs_public_url: Callable[[SupportChannelSpec], bool] = lambda _: False
    calls_vendor: bool = False
    fee: Callable[[SupportChannelSpec], int | None] = lambda _: None
    api_calls_vendor: Callable[[SupportChannelSpec], bool] = lambda _: False
