"""A bare consumer: every message through the same statements as the worker's, and nothing else around them.

usage: bare.py --config DOCUMENT
"""

import argparse
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from model0 import ANSWER

from fte_agent.domain.delivery import Sent
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.tickets import PostgresTicketStore
from fte_runtime.config import WorkerConfig, load, read_secret
from fte_runtime.events import Topics, decode

WORKER = "bare"


async def main() -> None:
    """Take, claim, commit, deliver, tell, commit the offset; one message at a time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    config = load(WorkerConfig, parser.parse_args().config)
    topics, channels = Topics(config.kafka.topic_prefix), [channel.name for channel in config.channels]
    database = Database(read_secret(config.database.url_file), owner=config.database.owner)
    await database.open()
    tickets = PostgresTicketStore(database, topic_prefix=topics.prefix)
    deliveries, outbox = PostgresDeliveryStore(database, topic_prefix=topics.prefix), OutboxRelayStore(database)
    consumer = AIOKafkaConsumer(
        topics.incoming,
        bootstrap_servers=config.kafka.bootstrap_servers,
        group_id=topics.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=config.kafka.bootstrap_servers, enable_idempotence=True)
    await consumer.start()
    await producer.start()
    async for record in consumer:
        await tickets.ingest(decode(record.value))
        claim = await tickets.claim(WORKER)
        if claim is not None:
            await tickets.commit(claim, ANSWER, revision="bare")
        delivery = await deliveries.claim_delivery(WORKER, channels)
        if delivery is not None:
            await deliveries.mark_sent(delivery, Sent())
        for event in await outbox.pending(1):
            await producer.send_and_wait(event.topic, str(event.payload).encode(), key=event.key.encode())
            await outbox.mark_published([event.id])
        await consumer.commit()


if __name__ == "__main__":
    uvloop.run(main())
