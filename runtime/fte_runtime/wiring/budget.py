"""Where an employee's answers cost something: its accounts, and who watches its budget."""

from fte_agent.domain.behaviour import Behaviour
from fte_agent.domain.budget import Caps
from fte_database.pool import Database
from fte_database.repositories.budget import PostgresBudgetStore
from fte_runtime.config import WorkerConfig
from fte_runtime.worker.accounts import FREE, Accounts, PaidAccounts
from fte_runtime.worker.budget import BudgetHealth, BudgetWatch
from fte_runtime.worker.process import TURN_SECONDS

SPARE_SECONDS = 60.0
"""How long after the longest turn its reservation is charged: its worker may still be settling it."""


def accounts_of(config: WorkerConfig, behaviour: Behaviour, database: Database) -> tuple[Accounts, BudgetWatch | None]:
    """The accounts of the turns, and the watch; nothing costs anything without what is hosted and without a budget.

    An earlier behaviour, shown while the newest has no knowledge yet, may have no prices: it runs without limit, as it
    did, and the watch says that nothing is counted.
    """
    if config.budget is None and behaviour.endpoint is None and behaviour.embedding is None:
        return FREE, None
    priced = is_priced(behaviour)
    caps = Caps(config.budget.daily, config.budget.yearly) if config.budget is not None and priced else Caps()
    store = ledger(database, caps)
    return PaidAccounts(store, caps, priced=priced), BudgetWatch(BudgetHealth(caps, priced=priced), store)


def ledger(database: Database, caps: Caps) -> PostgresBudgetStore:
    """The ledger, which charges what a worker that vanished had reserved."""
    return PostgresBudgetStore(database, caps, lease_seconds=TURN_SECONDS + SPARE_SECONDS)


def is_priced(behaviour: Behaviour) -> bool:
    """Whether the price of everything that is hosted is known."""
    model, embedding = behaviour.endpoint, behaviour.embedding
    return (model is None or model.prices is not None) and (embedding is None or embedding.price is not None)
