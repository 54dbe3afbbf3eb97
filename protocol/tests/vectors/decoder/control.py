"""Section 9 of docs/protocol.md: the ops of the control log, as bytes. What counts (9.3) is not computed here."""

import re

import content
from checks import each, fields, holds, same, unhex, value_of
from encoding import BOOL, U16, U32, U64, Bytes, Enum, Fixed, List, Option, Refused, Struct, Text, decode, encode
from identities import VERSION, check_bundle, check_certificate, check_revocation, device_id, ed25519
from layouts import BUNDLE, CERTIFICATE, HASH, HISTORY, HLC, ID, JOINING, NAME, OP_CAP, REASON, REVOCATION, SIGNATURE
from primitives import H

TOPIC = Text(1024)
NOTE = REASON  # GUESSED: the document has no cap of the note of an invite.
COLOUR = Fixed(3)
ADMIT = Enum(chosen=None, everyone=None)
SCOPE = Enum(private=None, public=None)
SEEN = Struct(device=HASH, incarnation=U64, seq=U64, hash=HASH)
CUT = List(SEEN, 16)
PICTURES = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)


class Picture(Bytes):
    def read(self, reader):
        data = super().read(reader)
        if not PICTURES.match(data):
            raise Refused("Invalid")
        return data


ICON = Option(Picture(6144))
OVERWRITE = Struct(role=HASH, allow=U64, deny=U64)
HEADER_FIELDS = {
    "community": HASH,
    "author": HASH,
    "device": HASH,
    "seq": U64,
    "deps": List(HASH, 16),
    "seen": List(SEEN, 4),
    "hlc": HLC,
    "body_hash": HASH,
}
HEADER = Struct(**HEADER_FIELDS)
SIGNED_HEADER = Struct(**HEADER_FIELDS, sig=SIGNATURE)
SIGNED_ENTRY = Struct(**content.HEADER_FIELDS, key_hash=HASH, sig=SIGNATURE)
ASSIGNMENT = Struct(who=HASH, role=HASH)
ROLE_CHANGE = Enum(name=NAME, colour=COLOUR, use=U64)
CHANNEL_CHANGE = Enum(
    name=NAME, topic=TOPIC, parent=Option(HASH), place=U16, scope=SCOPE, overwrite=OVERWRITE, slow_mode=U32,
    history=Option(HISTORY)
)
BODY = Enum(
    found=Struct(name=NAME, bundle=BUNDLE, everyone=U64, admit=ADMIT, history=HISTORY, nonce=HASH),
    join=JOINING,
    leave=None,
    timeout=Struct(who=HASH, until=HLC, reason=REASON),
    kick=Struct(who=HASH, cut=CUT, invites=BOOL, reason=REASON),
    ban=Struct(who=HASH, until=Option(HLC), cut=CUT, invites=BOOL, reason=REASON),
    unban=HASH,
    create_role=Struct(name=NAME, colour=COLOUR, position=U16, bits=U64),
    update_role=Struct(role=HASH, changes=List(ROLE_CHANGE, 16)),
    delete_role=HASH,
    assign=ASSIGNMENT,
    unassign=ASSIGNMENT,
    create_channel=Struct(
        kind=Enum(category=None, text=None, voice=None),
        name=NAME,
        parent=Option(HASH),
        place=U16,
        scope=SCOPE,
        overwrites=List(OVERWRITE, 32),
    ),
    update_channel=Struct(channel=HASH, changes=List(CHANNEL_CHANGE, 16)),
    delete_channel=HASH,
    create_invite=Struct(key=HASH, uses=U16, expires=Option(HLC), roles=List(HASH, 8), note=NOTE),
    revoke_invite=HASH,
    add_device=CERTIFICATE,
    revoke_device=REVOCATION,
    transfer=HASH,
    accept=HASH,
    rekey=Struct(
        n=U32, parents=List(HASH, 8), commit=HASH, wrapped=List(Bytes(48), 8), covers=List(HASH, 128)
    ),
    policy=List(Enum(name=NAME, topic=TOPIC, admit=ADMIT, history=HISTORY, forked_from=HASH, icon=ICON), 16),
    confirm=List(HASH, 64),
    fork=Struct(first=SIGNED_HEADER, second=SIGNED_HEADER),
    merge=None,
    nickname=Option(NAME),
    forked_log=Struct(first=SIGNED_ENTRY, second=SIGNED_ENTRY),
)
OP = Struct(**HEADER_FIELDS, sig=SIGNATURE, body=BODY)
TERMS = Struct(community=HASH, invite=Option(HASH), joiner=HASH, bundle=HASH, admitter=HASH, nonce=ID)


def body_hash(body):
    return H("control body", encode(BODY, body))


def op_id(header):
    return H("control op", encode(HEADER, header, VERSION))


def cap_of(body):
    return (32 if body[0] in ("found", "join") else 8) * 1024


def decode_op(data):
    """An op that stands as it should: the bytes, their bound, and the body that its header names."""
    op = decode(OP, data, version=VERSION, cap=OP_CAP)
    if len(data) > cap_of(op["body"]):
        raise Refused("TooLong")
    if body_hash(op["body"]) != op["body_hash"]:
        raise Refused("BodyHash")
    return op


def certificates_in(name, body):
    if name in ("found", "join"):
        return body["bundle"]["certificates"]
    return [body] if name == "add_device" else []


def check_join(op, join, invite_keys, keys):
    check_bundle(join["bundle"])
    name, via = join["via"]
    terms = encode(
        TERMS,
        {
            "community": op["community"],
            "invite": via["invite"] if name == "invite" else None,
            "joiner": join["bundle"]["certificates"][0]["account"],
            "bundle": H("join bundle", encode(BUNDLE, join["bundle"])),
            "admitter": op["author"],
            "nonce": join["nonce"],
        },
    )
    holds("join: consent", ed25519(keys[join["device"]], "join consent", terms, join["consent"]))
    if name == "invite":
        holds("join: proof", ed25519(invite_keys[via["invite"]], "join proof", terms, via["proof"]))


def check_fork(fork, keys):
    first, second = fork["first"], fork["second"]
    same("fork: smaller id first", op_id(first) < op_id(second), True)
    for name in ("community", "device", "seq"):
        same(f"fork: {name}", HEADER.fields[name].show(first[name]), HEADER.fields[name].show(second[name]))
    for header in (first, second):
        signed = encode(HEADER, header, VERSION)
        holds("fork: sig", ed25519(keys[header["device"]], "control op", signed, header["sig"]))


def check_forked_log(fork, keys):
    first, second = fork["first"], fork["second"]
    same("forked log: smaller id first", content.entry_id(first) < content.entry_id(second), True)
    for name in ("community", "device", "incarnation", "seq"):
        fields_of = content.HEADER.fields
        same(f"forked log: {name}", fields_of[name].show(first[name]), fields_of[name].show(second[name]))
    for entry in (first, second):
        holds("forked log: sig", ed25519(keys[entry["device"]], "entry", content.signed(entry), entry["sig"]))


class Log:
    """A log that is told in one line, with what can be said of it: places, times, signatures, what each op was made after."""

    def __init__(self):
        self.founding, self.keys, self.invite_keys, self.ops, self.last = None, {}, {}, {}, {}

    def take(self, data):
        value_of(OP, data, version=VERSION)
        op = decode_op(data)
        identity = op_id(op)
        name, inner = op["body"]
        for certificate in certificates_in(name, inner):
            check_certificate(certificate)
            self.keys[device_id(certificate["dsk_pub"])] = certificate["dsk_pub"]
        holds("sig", ed25519(self.keys[op["device"]], "control op", encode(HEADER, op, VERSION), op["sig"]))
        self._check_order(op)
        self._check_body(identity, op, name, inner)
        self.ops[identity] = op
        self.last[op["device"]] = {**op, "id": identity}
        return op

    def _check_order(self, op):
        founding = self.founding
        same("community", op["community"].hex(), (founding or bytes(32)).hex())
        previous = self.last.get(op["device"])
        same("seq", op["seq"], previous["seq"] + 1 if previous else 0)
        holds("hlc: later than that of the previous op", previous is None or op["hlc"] > previous["hlc"])
        own = 0 if previous is None else 1
        holds("deps: the previous op first", not own or op["deps"][:1] == [previous["id"]])
        holds("deps: ascending, each once", op["deps"][own:] == sorted(set(op["deps"][own:])))
        holds("deps: known, or none in the founding op", bool(op["deps"]) == bool(founding))
        holds("deps: known", set(op["deps"]) <= set(self.ops))

    def _check_body(self, identity, op, name, inner):
        if name == "found":
            self.founding = identity
            check_bundle(inner["bundle"])
        elif name == "create_invite":
            self.invite_keys[identity] = inner["key"]
        elif name == "join":
            check_join(op, inner, self.invite_keys, self.keys)
        elif name == "revoke_device":
            check_revocation(inner)
        elif name == "fork":
            check_fork(inner, self.keys)
        elif name == "forked_log":
            check_forked_log(inner, self.keys)
        ascending = {"confirm": ("",), "rekey": ("parents", "covers"), "create_invite": ("roles",)}
        for part in ascending.get(name, ()):
            values = inner[part] if part else inner
            holds(f"{part or 'accounts'}: ascending", values == sorted(set(values)))


def file_control_ops(entry, _):
    (entries,) = fields(entry, "ops")
    log = Log()
    header_names = "author", "body_hash", "community", "deps", "device", "hlc", "seq", "sig"

    def check(entry):
        names = "body", "bytes", "counts", "id", "kind"
        body, data, counts, identity, kind, *_header = fields(entry, *names, *header_names)
        op = log.take(unhex(data))
        shown = SIGNED_HEADER.show(op)
        same("header", {name: shown[name] for name in header_names}, {name: entry[name] for name in header_names})
        same("kind", BODY.names.index(op["body"][0]), kind)
        same("body", encode(BODY, op["body"]).hex(), body)
        same("id", op_id(op).hex(), identity)
        holds("counts: a bool", isinstance(counts, bool))

    count = each(entries, check)
    same("kinds that have a vector", sorted({entry["kind"] for entry in entries}), list(range(len(BODY.names))))
    return count


def file_control_ops_refused(entry, _):
    (entries,) = fields(entry, "refused")
    reasons = {
        "a version that is not known": "UnknownVersion { found: 2 }",
        "cut off": "Truncated",
        "a byte behind its end": "NotCanonical",
        "another body than was signed": "BodyHash",
        "a kind that is not known": "Invalid",
        "an icon that is no picture": "Invalid",
        "nothing": "Truncated",
    }

    def check(entry):
        data, why = fields(entry, "bytes", "why")
        try:
            decode_op(unhex(data))
        except Refused as refused:
            same("refused", str(refused), reasons[why])
        else:
            holds("a refusal", False)

    return each(entries, check)
