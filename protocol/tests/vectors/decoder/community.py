"""Section 11 of docs/protocol.md: what is said about a community on links and in sessions, each checked by the rest.

The vectors of frames, messages and rows are of one community: the ops of its control log are in the frame `ops`, its entries in the
frame `entries`, the keys of both in the messages.
"""

from checks import holds, same, unhex
from ciphers import xchacha20_poly1305_open
from content import MESSAGE, ascending, decode_entry, entry_id, key_of, read_distribution, signed, text_of
from control import Log
from encoding import decode, encode
from identities import VERSION, ed25519
from layouts import ENVELOPE, FRAME, JOINING, LOG_ENDS
from primitives import H, KDF, MAC


def parts_of(vectors, file, of, part):
    """The name and the fields of everything about communities in a file."""
    for entry in vectors[file]:
        value = decode(of, unhex(entry["bytes"]), version=VERSION)
        name, inner = part(value)
        if name.lower() == "community":
            yield inner


def place_of(entry):
    log = entry.get("log", entry)
    return log["device"], log["incarnation"], entry["seq"]


class World:
    def __init__(self, vectors):
        self.link = vectors["link_auth.json"]
        frames = list(parts_of(vectors, "frames.json", FRAME, lambda frame: frame))
        messages = parts_of(vectors, "messages.json", ENVELOPE, lambda envelope: envelope["content"])
        self.keys = [message["key"] for message in messages]
        self.log = Log()
        for op in self._all(frames, "ops", "ops"):
            self.log.take(op)
        self.community = self.log.founding
        self.heads = set(self.log.ops) - {dep for op in self.log.ops.values() for dep in op["deps"]}
        self.epochs = {i: op["body"][1] for i, op in self.log.ops.items() if op["body"][0] == "rekey"}
        self.joins = [op["body"][1] for op in self.log.ops.values() if op["body"][0] == "join"]
        self.ends, self.entries = {}, {}
        for data in self._all(frames, "entries", "entries"):
            self._take_entry(decode_entry(data))
        self.contents = {H("community contents", encode(LOG_ENDS, frame["logs"])) for name, frame in frames if name == "logs"}

    @staticmethod
    def _all(frames, kind, field):
        return [one for name, frame in frames if name == kind for one in frame[field]]

    def _take_entry(self, entry):
        log = entry["device"], entry["incarnation"]
        following, head = self.ends.get(log, (0, None))
        same("entry: community", entry["community"].hex(), self.community.hex())
        same("entry: seq", entry["seq"], following)
        holds("entry: prev", entry["prev"] == head)
        holds("entry: heads that are known", set(entry["heads"]) <= set(self.log.ops))
        holds("entry: an epoch", entry["epoch"] in self.epochs)
        holds("entry: sig", ed25519(self.log.keys[entry["device"]], "entry", signed(entry), entry["sig"]))
        self.ends[log] = following + 1, entry_id(entry)
        self.entries[place_of(entry)] = entry

    def tag(self, label, sender, receiver):
        """Whoever sends the tag is the prover of the transcript."""
        ends = [{name: unhex(self.link[side][name]) for name in ("peer", "nonce")} for side in (sender, receiver)]
        transcript = KDF("link transcript", b"\x01", *(end["peer"] for end in ends), *(end["nonce"] for end in ends))
        return {MAC(key, label, transcript)[:16] for key in self.log.invite_keys.values()}

    def check_frame(self, frame):
        name, said = frame
        if "community" in said:
            same("community", said["community"].hex(), self.community.hex())
        if name == "knock":
            holds("knock: the tag of an invite", said["tag"] in self.tag("invite knock", "verifier", "prover"))
        elif name == "answer":
            holds("answer: the tag of an invite", said["tag"] in self.tag("invite answer", "prover", "verifier"))
        elif name == "ask":
            asked = [encode(JOINING, join) for join in self.joins]
            holds("ask: what an op took in", encode(JOINING, said["joining"]) in asked)
        elif name == "heads":
            holds("heads: those of the ops", set(said["heads"]) == self.heads or not said["heads"])
            holds("heads: ascending", ascending(said["heads"]))
            holds("heads: digest of the logs", said["contents"] in self.contents)
        elif name == "secret-wanted":
            holds("secret-wanted: an epoch", said["epoch"] in self.epochs)
        elif name == "logs":
            logs = [((one["log"]["device"], one["log"]["incarnation"]), one) for one in said["logs"]]
            holds("logs: ascending, each once", ascending([log for log, _ in logs]))
            for log, one in logs:
                known = self.ends.get(log)
                holds("logs: as far as the entries", known is None or known == (one["next"], one["head"]))
        elif name == "keys-wanted":
            holds("keys-wanted: entries", all(place_of(one) in self.entries for one in said["entries"]))

    def check_key(self, message):
        same("community", message["community"].hex(), self.community.hex())
        name, key = message["key"]
        if name == "Secret":
            self.check_secret(key["epoch"], key["secret"])
        elif name == "Chain":
            self.check_chain(key)
        elif name == "Report":
            self.check_report(key)
        else:
            for one in key["keys"]:
                text_of(self.entries[place_of(one)], one["ek"])
            for one in key["chains"]:
                opened = self.check_chain(one)
                holds("handed on: its author's", all(entry["device"] == one["device"] for entry in opened))

    def check_chain(self, chain):
        distribution = read_distribution(chain["distribution"])
        same("chain: its name", chain["chain"].hex(), distribution[0].hex())
        opened = [entry for entry in self.entries.values() if entry["chain"] == chain["chain"]]
        holds("chain: it opens an entry", opened)
        for entry in opened:
            same("chain: audience", repr(entry["audience"]), repr(chain["audience"]))
            text_of(entry, key_of(entry, distribution))
        return opened

    def check_report(self, report):
        holds("report: heads of the log", report["heads"] and set(report["heads"]) <= set(self.log.ops))
        names = [one["message"]["author"] + one["message"]["id"] for one in report["messages"]]
        holds("report: ascending, each once", names and ascending(names))
        for one in report["messages"]:
            for kind, evidence in one["evidence"]:
                entry = decode_entry(evidence["entry"]) if kind == "whole" else self.entries[place_of(evidence)]
                holds("report: signature", ed25519(self.log.keys[entry["device"]], "entry", signed(entry), entry["sig"]))
                same("report: an entry that is known", entry_id(entry).hex(), entry_id(self.entries[place_of(entry)]).hex())
                said = decode(MESSAGE, text_of(entry, evidence["ek"]), version=VERSION)
                same("report: its channel", said["channel"].hex(), report["channel"].hex())
                same("report: its author", entry["device"].hex(), one["message"]["author"].hex())
                same("report: its message", said["id"].hex(), one["message"]["id"].hex())

    def check_secret(self, epoch, secret):
        same("secret: hash", H("epoch secret", secret).hex(), self.epochs[epoch]["commit"].hex())
        secrets = {key["epoch"]: key["secret"] for name, key in self.keys if name == "Secret"}
        made = self.epochs[epoch]
        same("secret: a wrapped key for each parent", len(made["wrapped"]), len(made["parents"]))
        for index, (parent, wrapped) in enumerate(zip(made["parents"], made["wrapped"])):
            nonce = bytes([index]) + bytes(23)
            under = xchacha20_poly1305_open(KDF("epoch control", secret), nonce, parent, wrapped)
            same("secret: key of the parent", under.hex(), KDF("epoch control", secrets[parent]).hex())

    def check_row(self, name, row):
        if name == "Op":
            Log().take(row["bytes"])  # The vector is the founding op.
        elif name == "Entry":
            entry = decode_entry(row["bytes"])
            holds("entry: known", self.entries[place_of(entry)] == entry)
            if row["key"] is not None:
                text_of(entry, row["key"])
        elif name == "Log":
            holds("log: its end", (row["next"], row["head"]) in self.ends.values())
        elif name == "Secret":
            commits = [epoch["commit"] for epoch in self.epochs.values()]
            holds("secret: of an epoch", H("epoch secret", row["secret"]) in commits)
        elif name == "Community" and row["state"][0] == "Joining":
            asked = row["state"][1]
            same("joining: the invite", asked["invite"] in self.log.invite_keys, True)
