"""The whole endpoint: both APIs that ask a model, embeddings, models, and a journal of it all."""

from collections.abc import Iterable
from pathlib import Path

from aiohttp import web
from doubles.openai.control import Control
from doubles.openai.embeddings import DIMENSIONS
from doubles.openai.front import Front, errors
from doubles.openai.journal import Journal
from doubles.openai.mind import Mind
from doubles.openai.misbehaviour import Rule, Script
from doubles.openai.parameters import Capabilities
from doubles.openai.routes import Host, Routes

KEY = "key-of-the-double"
MODELS = ("gpt-4o", "gpt-4o-mini", *DIMENSIONS)
MAX_BODY = 16 * 1024 * 1024
ABLE = Capabilities()


class OpenAIDouble:
    """An endpoint that listens on this machine. ``async with OpenAIDouble() as endpoint: endpoint.base_url``.

    ``keys``: those that are good. ``able``: what it takes. ``rules``: misbehaviour. ``mind`` is what speaks.
    ``journal``: a file to write to and, when it is there, to go on from.
    """

    def __init__(
        self,
        *,
        keys: Iterable[str] = (KEY,),
        models: Iterable[str] = MODELS,
        able: Capabilities = ABLE,
        rules: Iterable[Rule] = (),
        journal: Path | None = None,
    ) -> None:
        self.keys = set(keys)
        self.mind = Mind()
        self.host = Host(set(models), able, self.mind)
        self.script = Script()
        self.script.add(*rules)
        self.journal = Journal(journal)
        self.url = ""
        self._front = Front(self.keys, self.script, self.journal)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "OpenAIDouble":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"{self.url}/v1"

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on ``host``; 0 takes any free port."""
        self.journal.open()
        app = web.Application(middlewares=[errors], client_max_size=MAX_BODY)
        for part in (Routes(self._front, self.host), Control(self)):
            app.add_routes(part.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """End hanging connections, then the rest."""
        self._front.closing.set()
        if self._runner is not None:
            await self._runner.cleanup()
        self.journal.close()
