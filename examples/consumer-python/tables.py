"""What this program keeps, in one SQLite file."""

import sqlite3
from contextlib import contextmanager
from typing import NamedTuple

from event import Record


class MissingRecords(Exception):
    pass


class Lane(NamedTuple):
    """Where this program stands in one partition: offset wanted next, the relay's newest session met, the log position told."""

    topic: str
    partition: int
    next: int = 0
    session: int = 0
    position: int = -1


class Tables:
    def __init__(self, file: str):
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.executescript("""
            CREATE TABLE IF NOT EXISTS lane (topic TEXT, partition INTEGER, next INTEGER, session INTEGER, position INTEGER, PRIMARY KEY (topic, partition));
            CREATE TABLE IF NOT EXISTS stream (name TEXT PRIMARY KEY, revision INTEGER);
            CREATE TABLE IF NOT EXISTS balance (account TEXT, currency TEXT, minor INTEGER, PRIMARY KEY (account, currency))""")

    @contextmanager
    def transaction(self):
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def lane(self, topic: str, partition: int) -> Lane:
        row = self._db.execute("SELECT * FROM lane WHERE topic = ? AND partition = ?", (topic, partition)).fetchone()
        return Lane(*row) if row else Lane(topic, partition)

    def save_lane(self, lane: Lane) -> None:
        self._db.execute("INSERT OR REPLACE INTO lane VALUES (?, ?, ?, ?, ?)", lane)

    def apply(self, event: Record) -> None:
        """Adds the event's legs to the balances, once: an event that was seen before changes nothing."""
        row = self._db.execute("SELECT revision FROM stream WHERE name = ?", (event.stream,)).fetchone()
        seen = row[0] if row else -1
        if event.revision <= seen:
            return
        if event.revision > seen + 1:
            raise MissingRecords(f"{event.stream} goes on with revision {event.revision} after {seen}: records are missing")
        self._db.execute("INSERT OR REPLACE INTO stream VALUES (?, ?)", (event.stream, event.revision))
        for leg in event.data.get("legs", []):
            # An amount has its currency's own number of decimals, so that its digits are minor units.
            minor = int(leg["money"]["amount"].replace(".", "")) * (1 if leg["side"] == "credit" else -1)
            self._db.execute(
                "INSERT INTO balance VALUES (?, ?, ?) ON CONFLICT (account, currency) DO UPDATE SET minor = minor + excluded.minor",
                (leg["accountId"], leg["money"]["currency"], minor),
            )

    def close(self) -> None:
        self._db.close()
