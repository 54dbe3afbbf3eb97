#!/usr/bin/env python3
"""An independent decoder of the test vectors beside it, written from docs/protocol.md alone.

    python3 decoder.py [folder with the vector files]

Python's standard library and nothing of the Rust sources. Every encoded value is decoded by the document, compared with what
its file says of it, encoded again and compared byte for byte; what must be refused is refused for the reason that is stated.
Every field of a file is used or the file is refused; so is a file that has no decoder, and a decoder that has no file. Ids,
labelled hashes, MACs, key agreements, Ed25519 signatures, the XEdDSA of prekeys and the safety number are computed.

Not checked:
- `counts` of control ops: what counts and who may do what (section 9.3), and most of admission (9.2);
- the meaning of the rows of `store.json`: the document has no layout of them (see `decoder/layouts.py`), but for the ops,
  entries and secrets in them;
- what needs libsignal or ML-KEM: `bytes` of sealed frames, sessions, the key inside `kyber_public`;
- bounds of events above the encoding: the vector of a chunk has a `count` of 300, which section 7.2 forbids.
The BIP-39 list is not here, only the numbers of the words that the vectors have. `GUESSED` marks what the document lacks.
"""

import sys

sys.dont_write_bytecode = True

import hashlib
import json
import re
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "decoder"))

from checks import Mismatch, each, fields, holds, refusal, same, unhex, value_of
from community import World
from content import file_entries, file_entries_refused
from control import file_control_ops, file_control_ops_refused
from encoding import BOOL, BUCKETS, BYTE, U32, Bytes, Fixed, List, Option, Text, pad, unpad
from identities import (
    VERSION,
    account_id,
    base32,
    bundles_in,
    check_bundle,
    check_certificate,
    check_revocation,
    device_id,
)
from layouts import BUNDLE, CERTIFICATE, COMMUNITY_FRAME, CONTENT, ENVELOPE, FRAME, FRAME_CAP, REVOCATION, ROW
from links import file_contact_link, file_join_link
from primitives import H, KDF, MAC, blake3, digits, ed25519_public, fingerprint, x25519, xeddsa_verify

WORDS = {  # Their numbers in the English list of BIP-39.
    **{"absurd": 8, "acoustic": 16, "advice": 32, "amount": 64, "avoid": 128, "blame": 185, "cage": 257, "comic": 370},
    **{"doctor": 514, "health": 849, "letter": 1028, "margin": 1087, "pepper": 1303, "program": 1375, "purpose": 1395},
}


# ---- Identities ---------------------------------------------------------------------------------------------------


def eleven_bits(number, words):
    return [number >> 11 * (words - 1 - i) & 2047 for i in range(words)]


def file_account_id(entry, _):
    names = "account", "account_text", "ak_pub", "device", "device_text", "device_uuid", "dsk_pub", "entropy", "phrase"
    account, account_text, ak_pub, device, device_text, device_uuid, dsk_pub, entropy, phrase = fields(entry, *names)
    entropy = unhex(entropy)
    same("ak_pub", ed25519_public(KDF("account seed", entropy)).hex(), ak_pub)
    same("account", account_id(unhex(ak_pub)).hex(), account)
    same("account_text", base32(unhex(account)), account_text)
    same("device", device_id(unhex(dsk_pub)).hex(), device)
    same("device_text", base32(unhex(device)), device_text)
    uuid = bytearray(unhex(device)[:16])
    # GUESSED: the bits of the variant (10) are set as well.
    uuid[6], uuid[8] = uuid[6] & 0x0F | 0x80, uuid[8] & 0x3F | 0x80
    same("device_uuid", re.sub("(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", uuid.hex()), device_uuid)
    checked = int.from_bytes(entropy + hashlib.sha256(entropy).digest()[:1], "big")
    same("phrase", eleven_bits(checked, 24), [WORDS[word] for word in phrase.split(" ")])
    return len(names)


def file_device_cert(entry, _):
    names = "account", "ak_pub", "caps", "created", "dsk_pub", "serial", "sik_pub"
    stated = dict(zip(names, fields(entry, *names, "bytes")))
    certificate = value_of(CERTIFICATE, unhex(entry["bytes"]))
    same("certificate", {name: CERTIFICATE.show(certificate)[name] for name in names}, stated)
    check_certificate(certificate)
    return 1


def file_device_revoke(entry, _):
    names = "account", "ak_pub", "device", "hlc", "reason"
    stated = dict(zip(names, fields(entry, *names, "bytes")))
    revocation = value_of(REVOCATION, unhex(entry["bytes"]), cap=172)
    same("revocation", {name: REVOCATION.show(revocation)[name] for name in names}, stated)
    check_revocation(revocation)
    return 1


def file_bundle(entry, _):
    account, active, revoked, data = fields(entry, "account", "active", "revoked", "bytes")
    bundle = value_of(BUNDLE, unhex(data))
    certified = check_bundle(bundle)
    same("account", bundle["certificates"][0]["account"].hex(), account)
    out = [one["device"] for one in bundle["revocations"]]
    same("revoked", [device.hex() for device in out], revoked)
    same("active", [device.hex() for device in certified if device not in out], active)
    return 1


def file_safety_number(entry, _):
    number, ours, scannable, theirs = fields(entry, "digits", "ours", "scannable", "theirs")
    # GUESSED: the name of a side is its AccountId, its key the 32 bytes of the account key.
    halves = [fingerprint(account_id(key), key) for key in (unhex(ours), unhex(theirs))]
    text = "".join(sorted(map(digits, halves)))
    same("digits", " ".join(text[i : i + 5] for i in range(0, 60, 5)), number)
    sides = b"".join(bytes([tag, 34, 10, 32]) + half for tag, half in zip((0x12, 0x1A), halves))
    same("scannable", (bytes([8, 2]) + sides).hex(), scannable)
    return 2


def file_six_words(entry, _):
    names = "accepter", "commitment", "nonce_a", "nonce_r", "requester", "words"
    *values, words = fields(entry, *names)
    accepter, commitment, nonce_a, nonce_r, requester = map(unhex, values)
    same("commitment", H("six words commit", nonce_r + requester).hex(), commitment.hex())
    chosen = int.from_bytes(H("six words", requester + accepter + nonce_r + nonce_a), "big") >> 256 - 66
    same("words", eleven_bits(chosen, 6), [WORDS[word] for word in words.split(" ")])
    return 2


# ---- Encoding -----------------------------------------------------------------------------------------------------


def file_codec_rejections(entries, _):
    types = {
        "u32": (U32, {}),
        "u32, at most 2 bytes": (U32, {"cap": 2}),
        "bool": (BOOL, {}),
        "option of u8": (Option(BYTE), {}),
        "at most 2 of u8": (List(BYTE, 2), {}),
        "text of at most 2 bytes": (Text(2), {}),
        "at most 2 bytes": (Bytes(2), {}),
        "exactly 33 bytes": (Fixed(33), {}),
        "version 1 of u8": (BYTE, {"version": 1}),
    }

    def check(entry):
        data, kind, verdict = fields(entry, "bytes", "type", "verdict")
        of, how = types[kind]
        same("verdict", refusal(of, unhex(data), **how), verdict)

    return each(entries, check)


def file_padding(entries, _):
    def check(entry):
        around, buckets, content, padded_len = fields(entry, "around_the_mark", "buckets", "content", "padded_len")
        same("buckets", BUCKETS, buckets)
        count, byte = re.fullmatch(r"(\d+) bytes of ([0-9a-f]{2})", content).groups()
        data = bytes.fromhex(byte) * int(count)
        padded = pad(data)
        same("padded_len", len(padded), padded_len)
        same("around_the_mark", padded[max(0, len(data) - 2) : len(data) + 3].hex(), around)
        holds("padding taken off", unpad(padded) == data)

    return each(entries, check)


# ---- Links and messages -------------------------------------------------------------------------------------------


def file_frames(entries, vectors):
    # The offers of the vectors are of the verifier of `link_auth.json`.
    signer = unhex(vectors["link_auth.json"]["verifier"]["signal_public"])
    world = World(vectors)

    def check(entry):
        data, stated, kind = fields(entry, "bytes", "fields", "frame")
        frame = value_of(FRAME, unhex(data), version=VERSION, cap=FRAME_CAP)
        about = frame[1] if frame[0] == "community" else None
        same("frame", about[0] if about else frame[0], kind)
        if about:
            world.check_frame(about)
        same("fields", FRAME.show(frame), stated)
        for bundle in bundles_in(frame):
            check_bundle(bundle)
        if kind == "prekeys":
            # GUESSED: what is signed is the key as it stands here, with its type byte.
            for key in ("signed", "kyber"):
                holds(f"{key}_sig", xeddsa_verify(signer, frame[1][f"{key}_public"], frame[1][f"{key}_sig"]))

    count = each(entries, check)
    names = {*FRAME.names, *COMMUNITY_FRAME.names} - {"community"}
    same("frames that have a vector", sorted({entry["frame"] for entry in entries}), sorted(names))
    return count


def refused(of, **how):
    def file_refused(entries, _):
        def check(entry):
            data, _name, verdict = fields(entry, "bytes", "name", "verdict")
            holds("verdict: a refusal", verdict != "accepted")
            same("verdict", refusal(of, unhex(data), version=VERSION, **how), verdict)

        return each(entries, check)

    return file_refused


def file_link_auth(entry, _):
    names = "index", "key", "match_mac", "page", "proof_mac", "prover", "seek_tag", "tag", "transcript", "verifier"
    index, key, match_mac, page, proof_mac, prover, seek_tag, tag, transcript, verifier = fields(entry, *names)
    prover = dict(zip(("nonce", "peer", "public", "secret"), map(
        unhex, fields(prover, "nonce", "peer", "signal_public", "signal_secret"))))
    verifier = dict(zip(("account", "nonce", "peer", "public", "secret"), map(
        unhex, fields(verifier, "account", "nonce", "peer", "signal_public", "signal_secret"))))
    base = bytes([9]) + bytes(31)
    for side in (prover, verifier):
        same("signal_public", (b"\x05" + x25519(side["secret"], base)).hex(), side["public"].hex())
    agreed = x25519(prover["secret"], verifier["public"][1:])
    holds("agreement", agreed == x25519(verifier["secret"], prover["public"][1:]) != bytes(32))
    # GUESSED: the public keys with their type byte.
    k = KDF("link key", agreed, *sorted([prover["public"], verifier["public"]]))
    same("key", k.hex(), key)
    # GUESSED: the version is one byte, and so is the index below.
    t = KDF("link transcript", b"\x01", prover["peer"], verifier["peer"], prover["nonce"], verifier["nonce"])
    same("transcript", t.hex(), transcript)
    same("tag", MAC(k, "link tag", t)[:8].hex(), tag)
    tags = unhex(page)
    same("page: length", len(tags), 64 * 8)
    same("page: tag at the index", tags[8 * index : 8 * index + 8].hex(), tag)
    # GUESSED: the page is its 64 tags one behind another.
    parts = t, H("link transcript", tags), bytes([index])
    same("match_mac", MAC(k, "link match", *parts).hex(), match_mac)
    same("proof_mac", MAC(k, "link proof", *parts).hex(), proof_mac)
    same("seek_tag", MAC(verifier["account"], "link tag", b"seek", t)[:16].hex(), seek_tag)
    return len(names)


def file_link_auth_session_reset(entry, vectors):
    names = "ciphertext", "from", "hash", "key", "mac", "to"
    ciphertext, sender, stated, key, mac, receiver = fields(entry, *names)
    same("hash", H("ciphertext", unhex(ciphertext)).hex(), stated)
    same("key", vectors["link_auth.json"]["key"], key)
    parts = unhex(sender), unhex(receiver), unhex(stated)
    same("mac", MAC(unhex(key), "session reset", *parts).hex(), mac)
    return len(names)


def kind_of(name, inner, field):
    return f"{name}/{inner[field][0]}" if isinstance(inner, dict) and field in inner else name


def file_messages(entries, vectors):
    world = World(vectors)

    def check(entry):
        names = "binding", "bytes", "fields", "kind", "name", "padded_len"
        binding, data, stated, kind, _name, padded_len = fields(entry, *names)
        plaintext = unhex(data)
        envelope = value_of(ENVELOPE, plaintext, version=VERSION)
        name, content = envelope["content"]
        same("binding", envelope["binding"].hex(), binding)
        same("binding", vectors["messages_binding.json"]["binding"], binding)
        same("kind", kind_of(name, content, {"Contact": "step", "Direct": "event", "Community": "key"}.get(name)), kind)
        if name == "Community":
            world.check_key(content)
        same("fields", CONTENT.show(envelope["content"]), stated)
        for bundle in bundles_in(content):
            check_bundle(bundle)
        padded = pad(plaintext)
        same("padded_len", len(padded), padded_len)
        holds("padding taken off", unpad(padded) == plaintext)

    return each(entries, check)


def file_messages_binding(entry, _):
    names = "from_device", "from_signal_public", "to_device", "to_signal_public"
    *parts, binding = map(unhex, fields(entry, *names, "binding"))
    same("binding", H("envelope", b"".join(parts)).hex(), binding.hex())
    return 1


# ---- At rest ------------------------------------------------------------------------------------------------------


def file_store(entries, vectors):
    world = World(vectors)
    states = {"Contact": "state", "Message": "state", "Community": "state"}

    def check(entry):
        data, kind, _name = fields(entry, "bytes", "kind", "name")
        name, row = value_of(ROW, unhex(data))
        same("kind", kind_of(name, row, states.get(name)), kind)
        for bundle in bundles_in(row):
            check_bundle(bundle)
        world.check_row(name, row)
        if name == "Outbox":
            value_of(CONTENT, row["content"])

    count = each(entries, check)
    same("rows that have a vector", sorted({entry["kind"].split("/")[0] for entry in entries}), sorted(ROW.names))
    return count


def file_store_idempotent_id(entry, _):
    conversation, stated, key, secret, seed = map(
        unhex, fields(entry, "conversation", "id", "key", "secret", "signing_seed"))
    # GUESSED: the document does not mention these ids; they are of one device alone.
    same("secret", KDF("idempotent id", seed).hex(), secret.hex())
    same("id", MAC(secret, "idempotent id", conversation, key)[:16].hex(), stated.hex())
    return 2


FILES = {
    "account_id.json": file_account_id,
    "bundle.json": file_bundle,
    "codec_rejections.json": file_codec_rejections,
    "contact_link.json": file_contact_link,
    "control_ops.json": file_control_ops,
    "control_ops_refused.json": file_control_ops_refused,
    "device_cert.json": file_device_cert,
    "device_revoke.json": file_device_revoke,
    "entries.json": file_entries,
    "entries_refused.json": file_entries_refused,
    "frames.json": file_frames,
    "frames_refused.json": refused(FRAME, cap=FRAME_CAP),
    "join_link.json": file_join_link,
    "link_auth.json": file_link_auth,
    "link_auth_session_reset.json": file_link_auth_session_reset,
    "messages.json": file_messages,
    "messages_binding.json": file_messages_binding,
    "messages_refused.json": refused(ENVELOPE),
    "padding.json": file_padding,
    "safety_number.json": file_safety_number,
    "six_words.json": file_six_words,
    "store.json": file_store,
    "store_idempotent_id.json": file_store_idempotent_id,
}


def unrepeated(pairs):
    """JSON would let the last of two fields of one name win."""
    same("number of fields", len(dict(pairs)), len(pairs))
    return dict(pairs)


def check_blake3():
    """The published vectors of BLAKE3 for inputs of 0 and of 1,025 bytes, so that a fault here is told from one there."""
    for length, start in ((0, "af1349b9f5f9a1a6a0404dea36dcc949"), (1025, "d00278ae47eb27b34faecf67b4fe263f")):
        same("BLAKE3 of this decoder", blake3(bytes(i % 251 for i in range(length))).hex()[:32], start)


def main(folder):
    total, name = 0, str(folder)
    try:
        check_blake3()
        present = sorted(path.name for path in folder.glob("*.json"))
        for name in present:
            holds("a decoder for this file", name in FILES)
        for name in FILES:
            holds("the file of this decoder", name in present)
        vectors = {}
        for name in present:
            text = (folder / name).read_text(encoding="utf-8")
            vectors[name] = json.loads(text, object_pairs_hook=unrepeated)
        for name in present:
            count = FILES[name](vectors[name], vectors)
            total += count
            print(f"{name}: {count} values")
    except Exception as error:
        reason = error if isinstance(error, Mismatch) else repr(error)
        print(f"MISMATCH in {name}: {reason}", file=sys.stderr)
        return 1
    print(f"total: {len(FILES)} files, {total} values")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent)))
