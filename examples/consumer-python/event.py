"""A record of the bank's relay."""

import json
from typing import Any, NamedTuple, Optional


class Record(NamedTuple):
    """`session` of the relay wrote it, which began at offset `start` of the partition; the log is told up to `position`. The rest is an event's."""

    session: int
    start: int
    position: int
    is_tick: bool
    type: str = ""
    version: int = 0
    stream: str = ""
    revision: int = -1
    data: Any = None
    metadata: Any = None


def read_event(message) -> Optional[Record]:
    """None for what the bank's relay did not write."""
    headers = {name: value.decode() for name, value in message.headers() or [] if value is not None}
    if "passbook-session" not in headers:
        return None
    session, start = headers["passbook-session"].split(".")
    written = (int(session), int(start), int(headers["passbook-position"]))
    if "passbook-tick" in headers:
        return Record(*written, is_tick=True)
    metadata = json.loads(headers["passbook-metadata"])
    return Record(
        *written, is_tick=False, type=headers["ce_type"], version=metadata["schemaVersion"],
        stream=headers["passbook-stream"], revision=int(headers["passbook-revision"]), data=json.loads(message.value()), metadata=metadata,
    )
