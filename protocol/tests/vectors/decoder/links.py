"""Sections 3 and 9.4 of docs/protocol.md: people and invites as a line of text."""

import base64
from ipaddress import IPv4Address, IPv6Address

from checks import each, fields, holds, same, unhex
from identities import base32
from primitives import H, ed25519_public


def hints_of(data):
    """One address alone has no vector."""
    if not data:
        return "None"
    if data[0] == 1:
        data[1:].decode("utf-8")
        return f"Bootstrap(Text({len(data) - 1} bytes))"
    holds("hints: of a form that the vectors have", len(data) == 26 and data[0] == 6 and data[19] == 4)
    v6, v4 = IPv6Address(data[1:17]), IPv4Address(data[20:24])
    ports = int.from_bytes(data[17:19], "big"), int.from_bytes(data[24:], "big")
    return f"Addresses {{ v6: Some([{v6}]:{ports[0]}), v4: Some({v4}:{ports[1]}) }}"


def opened(link, scheme, label, length, most):
    """Body and hints of a link with a body of so many bytes, after its checks, and the same link encoded again."""
    holds("link: scheme and length", link.startswith(scheme) and len(link) <= most)
    text = link[len(scheme) :]
    data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    same("link: length", len(data) - 1, data[0])
    body, checksum, rest = data[1 : 1 + length], data[1 + length : 5 + length], data[5 + length :]
    expected = H(label, body + rest)[:4]
    same("link: checksum", expected.hex(), checksum.hex())
    again = body + expected + rest
    same("link, encoded again", scheme + base32(bytes([len(again)]) + again), link)
    return body, hints_of(rest)


def file_contact_link(entries, _):
    def check(entry):
        account, hints, link, _name = fields(entry, "account", "hints", "link", "name")
        body, found = opened(link, "lescopains:c/1/", "contact link", 32, 119)
        same("account", body.hex(), account)
        same("hints", found, hints)

    return each(entries, check)


def file_join_link(entries, _):
    def check(entry):
        names = "community", "hints", "invite", "key", "link", "name", "secret"
        community, hints, invite, key, link, _name, secret = fields(entry, *names)
        body, found = opened(link, "lescopains:j/1/", "join link", 96, 222)
        same("community, invite, secret", body.hex(), community + invite + secret)
        same("key", ed25519_public(unhex(secret)).hex(), key)
        same("hints", found, hints)

    return each(entries, check)
