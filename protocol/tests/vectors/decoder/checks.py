"""Comparing what the document gives with what a vector file states."""

import json

from encoding import Refused, decode, encode


class Mismatch(Exception):
    pass


def short(value):
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:120]}… ({len(text)} characters)"


def same(what, computed, stated):
    # A bool is not the number that Python takes it for.
    if json.dumps(computed, sort_keys=True) != json.dumps(stated, sort_keys=True):
        if isinstance(computed, dict) and isinstance(stated, dict) and computed.keys() == stated.keys():
            for name, value in computed.items():
                same(f"{what}.{name}", value, stated[name])
        raise Mismatch(f"{what}: the document gives {short(computed)}, the file states {short(stated)}")


def holds(what, condition):
    if not condition:
        raise Mismatch(f"{what}: it does not hold")


def fields(entry, *names):
    """Exactly these fields: one that nobody knows would be one that nobody checks."""
    same("names of the fields", sorted(entry), sorted(names))
    return (entry[name] for name in names)


def unhex(text):
    data = bytes.fromhex(text)
    same("hexadecimal", data.hex(), text)
    return data


def value_of(of, data, **how):
    try:
        value = decode(of, data, **how)
    except Refused as refused:
        raise Mismatch(f"bytes: refused as {refused}, and must be read") from None
    same("bytes, encoded again", encode(of, value, how.get("version")).hex(), data.hex())
    return value


def refusal(of, data, **how):
    try:
        decode(of, data, **how)
    except Refused as refused:
        return str(refused)
    return "accepted"


def each(entries, check):
    holds("a list with values", isinstance(entries, list) and entries)
    for number, entry in enumerate(entries):
        name = next((entry[key] for key in ("name", "frame", "content", "why", "type", "kind") if key in entry), "no name")
        try:
            check(entry)
        except Exception as error:
            reason = error if isinstance(error, Mismatch) else repr(error)
            raise Mismatch(f"value {number} ({name}): {reason}") from None
    return len(entries)
