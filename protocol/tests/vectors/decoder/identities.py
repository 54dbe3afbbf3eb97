"""Section 3 of docs/protocol.md: who an account and a device are, and who signed it."""

import base64
import functools

from checks import holds, same
from encoding import encode
from layouts import CERTIFICATE_BODY, MARK_BODY, REVOCATION_BODY
from primitives import H, ed25519_verify, xeddsa_verify

VERSION = 1


def account_id(key):
    return H("account", key)


def device_id(key):
    return H("device", key)


def base32(data):
    return base64.b32encode(data).decode().lower().rstrip("=")


@functools.lru_cache(maxsize=None)
def ed25519(key, label, message, signature):
    return ed25519_verify(key, H(label, message), signature)


@functools.lru_cache(maxsize=None)
def xeddsa(public, message, signature):
    return xeddsa_verify(public, message, signature)


def check_certificate(certificate):
    body = encode(CERTIFICATE_BODY, certificate)
    same("certificate: version", certificate["version"], VERSION)
    same("certificate: account", account_id(certificate["ak_pub"]).hex(), certificate["account"].hex())
    holds("certificate: sig_ak", ed25519(certificate["ak_pub"], "device cert", body, certificate["sig_ak"]))
    possession = body + certificate["sig_ak"]
    holds("certificate: pop_dsk", ed25519(certificate["dsk_pub"], "device possession", possession, certificate["pop_dsk"]))
    signed = b"lescopains v1 signal identity" + H("signal possession", possession)
    holds("certificate: pop_sik", xeddsa(certificate["sik_pub"], signed, certificate["pop_sik"]))


def check_revocation(revocation):
    body = encode(REVOCATION_BODY, revocation)
    same("revocation: version", revocation["version"], VERSION)
    same("revocation: account", account_id(revocation["ak_pub"]).hex(), revocation["account"].hex())
    holds("revocation: sig_ak", ed25519(revocation["ak_pub"], "device revoke", body, revocation["sig_ak"]))


def check_bundle(bundle):
    """All of one account, sorted, signed; gives the ids of the certified devices."""
    parts = bundle["certificates"] + bundle["revocations"]
    accounts = {part["account"] for part in parts}
    same("bundle: number of accounts", len(accounts), 1)
    keys = {device_id(one["dsk_pub"]): one["dsk_pub"] for one in bundle["certificates"]}
    certified = [device_id(one["dsk_pub"]) for one in bundle["certificates"]]
    for what, devices in (
        ("certificates", certified),
        ("revocations", [one["device"] for one in bundle["revocations"]]),
        ("marks", [one["device"] for one in bundle["marks"]]),
    ):
        holds(f"bundle: {what} by device, each once", devices == sorted(set(devices)))
    for certificate in bundle["certificates"]:
        check_certificate(certificate)
    for revocation in bundle["revocations"]:
        check_revocation(revocation)
    for mark in bundle["marks"]:
        holds("bundle: a mark of a certified device", mark["device"] in keys)
        message = encode(MARK_BODY, {"account": parts[0]["account"], **mark})
        holds("bundle: freshness", ed25519(keys[mark["device"]], "fresh", message, mark["signature"]))
    return certified


def bundles_in(value):
    """Every bundle inside a decoded value."""
    if isinstance(value, dict) and "certificates" in value:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from bundles_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from bundles_in(inner)
