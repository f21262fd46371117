"""Holds events against the JSON Schemas that the bank publishes; each is fetched once."""

import json
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from event import Record


class ContractBroken(Exception):
    pass


class Contract:
    def __init__(self, bank: str):
        self._bank = bank
        self._validators = {}

    def check(self, event: Record) -> None:
        self._hold("metadata.json", event.metadata, event)
        self._hold(f"{event.type}/{event.version}.json", event.data, event)

    def _hold(self, path: str, value, event: Record) -> None:
        if path not in self._validators:
            self._validators[path] = self._fetched(path)
        error = best_match(self._validators[path].iter_errors(value))
        if error:
            place = "/".join(map(str, error.absolute_path))
            raise ContractBroken(f"{event.type} version {event.version} at {event.stream}/{event.revision} is not as published: {path} /{place} {error.message}")

    def _fetched(self, path: str) -> Draft202012Validator:
        try:
            with urllib.request.urlopen(f"{self._bank}/schemas/events/{path}", timeout=30) as answer:
                return Draft202012Validator(json.load(answer))
        except urllib.error.URLError as error:
            raise ContractBroken(f"the bank publishes no schema {path} ({error})") from error
