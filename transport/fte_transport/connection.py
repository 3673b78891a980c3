"""Connections to brokers that may be anybody: whatever one sends during the log-in ends as an error of Kafka's.

aiokafka lets what a broker sends there raise whatever it will (ValueError, KeyError, AssertionError), which its own
clients do not expect: their background tasks die of it. And it computes as many iterations as the broker asks for,
before that proved anything, in a thread that nothing can end.
"""

from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection, ScramAuthenticator
from aiokafka.errors import KafkaConnectionError, KafkaError

MOST_ITERATIONS = 100_000
"""Of a password's hash, well under a second. Kafka's own brokers take 4,096 to 16,384 (``ScramMechanism``)."""


class LogInFailed(KafkaError):  # type: ignore[misc]  # the library is untyped
    """A broker's side of the log-in is wrong. ``public`` completes "the server …", ``remedy`` says what to do."""

    def __init__(self, public: str, remedy: str) -> None:
        super().__init__(f"{public}; {remedy}")
        self.public, self.remedy = public, remedy


class CheckedScram(ScramAuthenticator):  # type: ignore[misc]
    """SCRAM (RFC 5802) whose only error is `LogInFailed`."""

    def _step(self, payload: bytes | None) -> tuple[bytes, bool] | None:
        try:
            made: tuple[bytes, bool] | None = super()._step(payload)
        except LogInFailed:
            raise
        except Exception as error:  # its only other argument is what the broker sent
            remedy = "it may be an impostor: check kafka.bootstrapServers"
            raise LogInFailed("does not prove that it knows our password", remedy) from error
        return made

    def create_salted_password(self, salt: bytes, iterations: int) -> None:
        """Hash the password, if the broker asks for no more than `MOST_ITERATIONS`."""
        if iterations > MOST_ITERATIONS:
            asks = f"asks for more than {MOST_ITERATIONS} iterations of the password's hash"
            remedy = "give the user a credential with fewer; if it has, it may be an impostor"
            raise LogInFailed(asks, f"{remedy}: check kafka.bootstrapServers")
        super().create_salted_password(salt, iterations)


class CheckedConnection(AIOKafkaConnection):  # type: ignore[misc]
    """A connection whose `connect` raises nothing but ``KafkaError`` and ``OSError``, as its callers expect."""

    async def connect(self) -> object:
        """Connect and log in."""
        try:
            return await super().connect()
        except (KafkaError, OSError):
            raise
        except Exception as error:
            raise KafkaConnectionError(f"no log-in with {self.host}:{self.port}: {error!r}") from error

    def authenticator_scram(self) -> CheckedScram:
        """What `connect` logs in with."""
        return CheckedScram(
            loop=self._loop,
            sasl_plain_password=self._sasl_plain_password,
            sasl_plain_username=self._sasl_plain_username,
            sasl_mechanism=self._sasl_mechanism,
        )


def install() -> None:
    """Have every client of this process made of such connections: the library takes no class for them."""
    conn.AIOKafkaConnection = CheckedConnection
