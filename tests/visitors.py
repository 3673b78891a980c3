"""People in front of the form for as long as something else happens."""

import threading

import httpx
from cluster import Customer

QUESTION = "Until when can I restore a deleted task?"
EVERY_SECONDS = 2.2
"""Between two submissions: of one network the employee answers 30 in a minute, and more go to a person."""


class Visitors:
    """Submit all the time; `answers` is what each submission was answered with."""

    def __init__(self, url: str, every: float = EVERY_SECONDS) -> None:
        self._customer, self._every = Customer(url), every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._submit)
        self.answers: list[int | str] = []

    def __enter__(self) -> "Visitors":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _submit(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.answers.append(self._customer.post(self._customer.form(QUESTION)).status_code)
            except httpx.TransportError as error:
                self.answers.append(type(error).__name__)
