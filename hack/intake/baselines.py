"""What the intake is compared with, each under uvicorn with uvloop and httptools as the product is.

usage: baselines.py hello PORT
       baselines.py plain PORT BOOTSTRAP TOPIC

``hello`` is FastAPI's first example. ``plain`` is how one writes an intake without thinking of it: a route with a body
model, and one send that waits for every replica.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from pydantic import BaseModel


def hello() -> FastAPI:
    """One route that says hello."""
    app = FastAPI()

    @app.get("/")
    async def root() -> dict[str, str]:
        return {"message": "Hello World"}

    return app


class Form(BaseModel):
    """The form's fields."""

    submission_id: str
    name: str
    email: str
    subject: str
    category: str
    message: str
    consent: bool
    hp: str
    t0: float


def plain(bootstrap: str, topic: str) -> FastAPI:
    """One route that takes a form."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        app.state.producer = producer
        yield
        await producer.stop()

    app = FastAPI(lifespan=lifespan)

    @app.post("/submit", status_code=202)
    async def submit(form: Form) -> dict[str, str]:
        await app.state.producer.send_and_wait(topic, form.model_dump_json().encode(), key=form.email.encode())
        return {"ticket_id": form.submission_id}

    return app


if __name__ == "__main__":
    kind, port, *rest = sys.argv[1:]
    uvicorn.run(
        hello() if kind == "hello" else plain(*rest),
        host="127.0.0.1",
        port=int(port),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )
