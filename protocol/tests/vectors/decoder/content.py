"""Section 10 of docs/protocol.md: entries of content logs, from their bytes to their text."""

from checks import each, fields, holds, same, unhex, value_of
from ciphers import aes256_cbc_open, message_key, xchacha20_poly1305_open
from encoding import BOOL, BUCKETS, U16, U32, U64, Bytes, Enum, Fixed, List, Option, Reader, Refused, Struct, decode
from encoding import encode, unpad, varint
from identities import VERSION, device_id, ed25519, xeddsa
from layouts import AUDIENCE, BODY, EMOJI, ENTRY_CAP, HASH, HLC, ID, LOG_FIELDS, MEDIA, MENTIONS, NAME, REASON, REF
from layouts import CHANNEL_EVENT as EVENT, SIGNATURE
from primitives import H

HEADER_FIELDS = {
    "community": HASH,
    **LOG_FIELDS,
    "seq": U64,
    "prev": Option(HASH),
    "hlc": HLC,
    "heads": List(HASH, 8),
    "audience": AUDIENCE,
    "epoch": HASH,
    "chain": ID,
    "key_id": U32,
    "iteration": U32,
    "commit": HASH,
    "content_hash": HASH,
    "content_len": U32,
    "lives": Option(U32),
}
HEADER = Struct(**HEADER_FIELDS)
CONTENT_CAP, CHAIN_END = 32 * 1024 + 16, 1000
ENTRY = Struct(**HEADER_FIELDS, key_hash=HASH, sig=SIGNATURE, sealed_key=Bytes(174), content=Bytes(CONTENT_CAP))
COMMITTED = Struct(ek=HASH, **LOG_FIELDS, seq=U64)
MESSAGE = Struct(id=ID, channel=HASH, seen=List(REF, 4), event=EVENT)


def protobuf(data, lengths):
    """Exactly these fields in their order, from number 1 on: a number where there is None, else so many bytes."""
    reader, values = Reader(data), []
    try:
        for number, length in enumerate(lengths, 1):
            tag = number << 3 | (0 if length is None else 2)
            holds("tag", reader.take(1)[0] == tag)
            values.append(reader.varint(32) if length is None else Bytes().read(reader))
            holds("length", length is None or len(values[-1]) == length)
    except Exception:
        raise Refused("SealedKey") from None
    written = b"".join(
        bytes([number << 3 | (2 if isinstance(value, bytes) else 0)])
        + (varint(len(value)) + value if isinstance(value, bytes) else varint(value))
        for number, value in enumerate(values, 1)
    )
    if reader.at != len(data) or written != data:
        raise Refused("SealedKey")
    return values


def read_sealed_key(data):
    """libsignal's SenderKeyMessage over 64 bytes: chain, number, place, ciphertext; and what is signed, and the signature."""
    if data[:1] != b"\x33" or len(data) < 65:
        raise Refused("SealedKey")
    return *protobuf(data[1:-64], (16, None, None, 80)), data[:-64], data[-64:]


def read_distribution(data):
    """libsignal's SenderKeyDistributionMessage: chain, number, place, chain key, signature key."""
    holds("distribution: version", data[:1] == b"\x33")
    return protobuf(data[1:], (16, None, None, 32, 33))


def signed(entry):
    return encode(HEADER, entry, VERSION) + entry["key_hash"]


def entry_id(entry):
    return H("entry", signed(entry))


def ascending(values):
    return all(one < two for one, two in zip(values, values[1:]))


def decode_entry(data):
    """An entry whose parts fit each other."""
    entry = decode(ENTRY, data, version=VERSION, cap=ENTRY_CAP)
    sealed = entry["sealed_key"]
    for fault, right in (
        ("Heads", lambda: entry["heads"] and ascending(entry["heads"])),
        ("Previous", lambda: (entry["prev"] is None) == (entry["seq"] == 0)),
        ("ChainEnd", lambda: entry["iteration"] < CHAIN_END),
        ("ContentLength", lambda: len(entry["content"]) == entry["content_len"]),
        ("ContentHash", lambda: H("entry content", entry["content"]) == entry["content_hash"]),
        ("KeyHash", lambda: not sealed or H("entry sealed key", sealed) == entry["key_hash"]),
        (
            "KeyPosition",
            lambda: not sealed
            or list(read_sealed_key(sealed)[:3]) == [entry["chain"], entry["key_id"], entry["iteration"]],
        ),
    ):
        if not right():
            raise Refused(fault)
    return entry


def key_of(entry, distribution):
    """The key in the sealed key, by the chain; its second half must be the hash of the header."""
    chain, key_id, start, chain_key, signature_key = distribution
    of_chain, number, place, ciphertext, message, signature = read_sealed_key(entry["sealed_key"])
    holds("sealed key: of the chain", (of_chain, number) == (chain, key_id) and place >= start)
    holds("sealed key: signature", xeddsa(signature_key, message, signature))
    key, iv = message_key(chain_key, place - start)
    both = aes256_cbc_open(key, iv, ciphertext)
    same("sealed key: bytes inside", len(both), 64)
    same("sealed key: header", H("entry header", encode(HEADER, entry, VERSION)).hex(), both[32:].hex())
    return both[:32]


def text_of(entry, key):
    """What the entry says, with a key to which its header commits."""
    committed = encode(COMMITTED, {"ek": key, **entry})
    same("commit", H("entry key", committed).hex(), entry["commit"].hex())
    before = encode(HEADER, {**entry, "content_hash": bytes(32)}, VERSION)
    padded = xchacha20_poly1305_open(key, bytes(24), H("entry place", before), entry["content"])
    holds("content: a bucket up to 32 KiB", len(padded) in BUCKETS[:8])
    return unpad(padded)


def check_message(plaintext, stated, audience):
    names = "channel", "event", "id", "kind", "seen"
    channel, event, identity, kind, seen = fields(stated, *names)
    message = value_of(MESSAGE, plaintext, version=VERSION)
    shown = MESSAGE.show(message)
    same("message: channel", shown["channel"], channel)
    same("message: id", shown["id"], identity)
    same("message: seen", shown["seen"], seen)
    same("message: kind", EVENT.names.index(message["event"][0]), kind)
    same("message: event", encode(EVENT, message["event"]).hex(), event)
    name, inner = message["event"]
    for values in (message["seen"], inner["targets"] if name == "redact" else []):
        holds("message: ascending", ascending([(one["author"], one["id"]) for one in values]))
    holds("message: channel of the audience", audience[1] in (None, message["channel"]))


def file_entries(entry, _):
    key, distribution, entries = fields(entry, "dsk_pub", "distribution", "entries")
    key, distribution = unhex(key), read_distribution(unhex(distribution))
    last = []

    def check(stated):
        names = "audience", "bytes", "ek", "id", "message"
        rest = sorted((set(HEADER_FIELDS) | {"key_hash", "sig", "sealed_key"}) - {"audience"})
        audience, data, ek, identity, message, *_rest = fields(stated, *names, *rest)
        value_of(ENTRY, unhex(data), version=VERSION)
        found = decode_entry(unhex(data))
        shown = ENTRY.show(found)
        same("fields", {name: shown[name] for name in rest}, {name: stated[name] for name in rest})
        name, channel = found["audience"]
        kind = AUDIENCE.names.index(name)
        same("audience", {"kind": kind, "channel": channel.hex() if channel else None}, audience)
        same("id", entry_id(found).hex(), identity)
        same("device", device_id(key).hex(), found["device"].hex())
        holds("sig", ed25519(key, "entry", signed(found), found["sig"]))
        same("seq", found["seq"], len(last))
        same("prev", found["prev"].hex() if found["prev"] else None, last[-1] if last else None)
        last.append(identity)
        if found["sealed_key"]:
            same("ek", key_of(found, distribution).hex(), ek)
        check_message(text_of(found, unhex(ek)), message, found["audience"])

    count = each(entries, check)
    kinds = sorted({one["message"]["kind"] for one in entries})
    same("kinds that have a vector", kinds, list(range(len(EVENT.names))))
    holds("an entry without its sealed key", any(not one["sealed_key"] for one in entries))
    return count


def file_entries_refused(entry, _):
    (entries,) = fields(entry, "refused")

    def check(stated):
        data, verdict, _why = fields(stated, "bytes", "verdict", "why")
        try:
            decode_entry(unhex(data))
        except Refused as refused:
            same("refused", str(refused), verdict)
        else:
            holds("a refusal", False)

    return each(entries, check)
