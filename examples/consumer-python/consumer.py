"""A program of another house that keeps every account's balance in a file of its own, from the bank's Kafka."""

import argparse
import signal
import sqlite3
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition

from contract import Contract, ContractBroken
from event import read_event
from tables import MissingRecords, Tables

BATCH = 500


def take(consumer: Consumer, tables: Tables, contract: Contract, messages: list) -> None:
    """One batch is one transaction: the balances, what was seen of each stream, and where to read on."""
    rewound = set()
    with tables.transaction():
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            place, offset = (message.topic(), message.partition()), message.offset()
            lane = tables.lane(*place)
            record = read_event(message)
            # A newer session of the relay began to write behind where this program stands: the partition was made anew and refilled.
            if record and record.session > lane.session and record.start < lane.next:
                rewound.add(place)
                lane = lane._replace(next=record.start, session=record.session)
                tables.save_lane(lane)
            if offset < lane.next or (place in rewound and offset > lane.next):
                continue
            if record and not record.is_tick:
                contract.check(record)
                tables.apply(record)
            lane = lane._replace(next=offset + 1)
            tables.save_lane(lane._replace(session=max(lane.session, record.session), position=record.position) if record else lane)
    for place in rewound:
        consumer.seek(TopicPartition(*place, tables.lane(*place).next))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", default="127.0.0.1:9092")
    parser.add_argument("--bank", default="http://127.0.0.1:8080")
    parser.add_argument("--database", default="balances.sqlite")
    parser.add_argument("--topic", default="passbook.ledger.events")
    options = parser.parse_args()

    stopping = []
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopping.append(True))

    # Partitions are taken by hand and where to read on stands in the tables alone: the group is only a name, nothing is committed to Kafka.
    consumer = Consumer({
        "bootstrap.servers": options.brokers, "group.id": "example-balances-python",
        "enable.auto.commit": False, "auto.offset.reset": "earliest", "allow.auto.create.topics": False, "topic.metadata.refresh.interval.ms": 5000,
    })
    tables, contract = Tables(options.database), Contract(options.bank)
    try:
        partitions = consumer.list_topics(options.topic, timeout=30).topics[options.topic].partitions
        if not partitions:
            raise KafkaException(f"there is no topic {options.topic}")
        consumer.assign([TopicPartition(options.topic, number, tables.lane(options.topic, number).next) for number in partitions])
        print("reading", flush=True)
        while not stopping:
            messages = consumer.consume(BATCH, timeout=0.2)
            if messages:
                take(consumer, tables, contract, messages)
    except (ContractBroken, MissingRecords, KafkaException, sqlite3.Error) as error:
        print(f"stopped: {error}", flush=True)
        return 1
    finally:
        consumer.close()
        tables.close()
    print("stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
