"""What the bytes mean: sections 3 to 7 of docs/protocol.md as types of `encoding`, and the rows of `store.json`.

Where the document does not say it, the bytes were asked; each such place has the word GUESSED beside it.
"""

from encoding import BOOL, BYTE, U16, U32, U64, Bytes, Encoded, Enum, Fixed, List, Option, Struct, Text

HASH = Fixed(32)
ID = Fixed(16)
SIGNATURE = Fixed(64)
SIGNAL_KEY = Fixed(33)
HLC = U64  # GUESSED: 48 bits of milliseconds and 16 of counter are one u64, as varint.
NAME = Text(128)  # GUESSED from `frames_refused.json`: the document has no cap of a name.
FRAME_CAP = 61_440

# ---- 3. Identities ------------------------------------------------------------------------------------------------

_CERTIFICATE = {
    "version": BYTE,
    "account": HASH,
    "ak_pub": HASH,
    "dsk_pub": HASH,
    "sik_pub": SIGNAL_KEY,
    "caps": U16,
    "created": HLC,
    "serial": U64,
}
CERTIFICATE_BODY = Struct(**_CERTIFICATE)
CERTIFICATE = Struct(**_CERTIFICATE, sig_ak=SIGNATURE, pop_dsk=SIGNATURE, pop_sik=SIGNATURE)
_REVOCATION = {
    "version": BYTE,
    "account": HASH,
    "ak_pub": HASH,
    "device": HASH,
    "reason": BYTE,
    "hlc": HLC,
}
REVOCATION_BODY = Struct(**_REVOCATION)
REVOCATION = Struct(**_REVOCATION, sig_ak=SIGNATURE)
MARK_BODY = Struct(account=HASH, device=HASH, hlc=HLC)
MARK = Struct(device=HASH, hlc=HLC, signature=SIGNATURE)
BUNDLE = Struct(
    certificates=List(CERTIFICATE, 8),
    revocations=List(REVOCATION, 32),
    marks=List(MARK, 8),
)

# ---- Parts of 9 to 11 that stand in frames, contents and rows ------------------------------------------------------

REASON = Text(512)
HISTORY = Enum(joining=None, days=U16, full=None)
VIA = Enum(direct=None, invite=Struct(invite=HASH, proof=SIGNATURE))
JOINING = Struct(bundle=BUNDLE, via=VIA, device=HASH, consent=SIGNATURE, nonce=ID)
LOG_FIELDS = {"device": HASH, "incarnation": U64}
LOG = Struct(**LOG_FIELDS)
AUDIENCE = Enum(community=None, channel=HASH)
MENTIONS = List(Enum(account=HASH, role=HASH, everyone=None), 50)
DISTRIBUTION = Bytes(97)
OP_CAP, ENTRY_CAP = 32 * 1024, 33 * 1024

# ---- 4. Links, and the offers of 5 --------------------------------------------------------------------------------

OFFER = Struct(
    registration_id=U32,  # GUESSED: the width of this and of the ids of keys.
    signed_id=U32,
    signed_public=SIGNAL_KEY,
    signed_sig=SIGNATURE,
    kyber_id=U32,
    kyber_public=Fixed(1569),
    kyber_sig=SIGNATURE,
    one_time=Option(Struct(id=U32, public=SIGNAL_KEY)),
)
MESSAGE_KIND = Enum(PreKey=None, Whisper=None)  # GUESSED: the document names `kind` and not its values.
REFUSAL = Enum(
    Unknown=None,
    Expired=None,
    Revoked=None,
    UsedUp=None,
    NotByMe=None,
    Banned=None,
    Full=None,
    NotNow=None,
    Elsewhere=None,
)
LOG_ENDS = List(Struct(log=LOG, next=U64, head=HASH), 600)
COMMUNITY_FRAME = Enum(  # Of section 11.
    **{
        "knock": Struct(tag=ID),
        "answer": Struct(tag=ID),
        "ask": Struct(community=HASH, joining=Encoded(JOINING)),
        "refused": Struct(community=HASH, why=REFUSAL),
        "heads": Struct(community=HASH, heads=List(HASH, 64), contents=HASH, wants=BOOL),
        "ops": Struct(community=HASH, ops=List(Bytes(OP_CAP), 128), more=BOOL),
        "secret-wanted": Struct(community=HASH, epoch=HASH),
        "logs": Struct(community=HASH, logs=LOG_ENDS, wants=BOOL),
        "entries": Struct(community=HASH, entries=List(Bytes(ENTRY_CAP), 256), more=BOOL),
        "keys-wanted": Struct(community=HASH, entries=List(Struct(log=LOG, seq=U64), 64)),
        "beyond": Struct(community=HASH, log=LOG, **{"from": U64}),
    }
)
FRAME = Enum(
    **{
        "hello": Struct(version=BYTE, role=Enum(Member=None), nonce=HASH),  # GUESSED: the roles.
        # GUESSED: a list behind its length, of 64 or refused; not an array without length.
        "tags": Struct(last=BOOL, tags=List(Fixed(8), exactly=64)),
        "match": Struct(index=BYTE, mac=HASH),
        "no-match": Struct(padding=HASH, more=BYTE),
        "proof": Struct(mac=HASH),
        "card": Struct(name=NAME, bundle=Encoded(BUNDLE)),
        "seek": Struct(tag=ID),
        "introduce": Struct(bundle=Encoded(BUNDLE)),
        "prekey-fetch": Struct(),
        "prekeys": OFFER,
        "sealed": Struct(hint=ID, kind=MESSAGE_KIND, bytes=Bytes(FRAME_CAP)),
        "session-reset": Struct(hash=HASH, mac=HASH),
        "bundle": Struct(bundle=Encoded(BUNDLE)),
        "presence": Struct(state=BYTE),
        "typing": Struct(on=BOOL),
        "community": COMMUNITY_FRAME,
    }
)

# ---- 5 to 7. Envelopes, contacts and private conversations --------------------------------------------------------

REF = Struct(author=HASH, id=ID)
BODY = Text(16 * 1024)
EMOJI, MEDIA = Text(), Text()  # GUESSED: the document has no cap of either.
STEP = Enum(
    Request=Struct(bundle=Encoded(BUNDLE), name=NAME, commitment=HASH),
    Nonce=Struct(nonce=HASH),
    Reveal=Struct(nonce=HASH),
    Accept=Struct(name=NAME),
)
CHANNEL_EVENT = Enum(
    text=Struct(body=BODY, mentions=MENTIONS, thread=Option(REF)),
    reply=Struct(to=REF, body=BODY, mentions=MENTIONS, thread=Option(REF)),
    edit=Struct(target=REF, body=BODY),
    delete=Struct(target=REF),
    react=Struct(target=REF, emoji=EMOJI, on=BOOL),
    redact=Struct(targets=List(REF, 100), reason=REASON),
    pin=Struct(target=REF, on=BOOL),
    thread=Struct(root=REF, name=NAME),
    chunk=Struct(target=REF, index=U16, count=U16, whole=HASH, media=MEDIA, bytes=Bytes(31 * 1024)),
)
EVENT = Enum(
    Text=Struct(body=BODY),
    Reply=Struct(to=REF, body=BODY),
    Edit=Struct(target=REF, body=BODY),
    Delete=Struct(target=REF),
    React=Struct(target=REF, emoji=EMOJI, on=BOOL),
    Read=Struct(up_to=REF),
    Chunk=Struct(target=REF, index=U16, count=U16, whole=HASH, media=MEDIA, bytes=Bytes(31 * 1024)),
)
EVIDENCE = Enum(
    whole=Struct(entry=Bytes(ENTRY_CAP), ek=HASH),
    named=Struct(log=LOG, seq=U64, ek=HASH),
)
REPORTED = Struct(message=REF, evidence=List(EVIDENCE, 2))
KEY = Enum(  # Of section 11.
    Secret=Struct(epoch=HASH, secret=HASH),
    Chain=Struct(audience=AUDIENCE, chain=ID, distribution=DISTRIBUTION),
    Entries=Struct(
        keys=List(Struct(log=LOG, seq=U64, ek=HASH), 64),
        chains=List(Struct(device=HASH, audience=AUDIENCE, chain=ID, distribution=DISTRIBUTION), 8),
    ),
    Report=Struct(heads=List(HASH, 8), channel=HASH, reason=REASON, messages=List(REPORTED, 10)),
)
CONTENT = Enum(
    Contact=Struct(id=ID, step=STEP),
    Direct=Struct(id=ID, to=HASH, hlc=HLC, seen=List(REF, 4), event=EVENT),
    Ack=Struct(ids=List(ID, 256)),
    Community=Struct(id=ID, community=HASH, key=KEY),
)
ENVELOPE = Struct(binding=HASH, content=CONTENT)

# ---- 8. At rest ---------------------------------------------------------------------------------------------------
# GUESSED, all of it: section 8 refers to the sources for its byte tables. No peer sees these rows. The types are the
# plainest ones that the bytes allow: a 0 or 1 may be a bool where an option is written here, a number may have another
# width, and names of fields are ours.

TIME = U64
PLACE = Struct(hlc=HLC, ref=REF)
CONTACT_TAIL = {"name": NAME, "bundle": Option(BUNDLE), "time": TIME}
CONTACT_STATE = Enum(
    Outgoing=Struct(
        nonce=HASH, other_nonce=Option(HASH), device=Option(HASH), address=Option(Text()), said_yes=BOOL
    ),
    Incoming=Struct(commitment=HASH, nonce=HASH, other_nonce=Option(HASH), device=HASH, flag_1=BOOL, flag_2=BOOL),
    Accepted=Struct(nonces=Option(Struct(requester=HASH, accepter=HASH)), verified=BOOL),
    Blocked=Struct(flag=BOOL),
)
MESSAGE_STATE = Enum(
    Text=Struct(reply_to=Option(REF), bodies=List(Struct(hlc=HLC, ref=REF, body=BODY))),
    Deleted=None,
    Effect=EVENT,
    Step=None,
)
MESSAGE = Struct(
    conversation=HASH,
    author=HASH,
    hlc=HLC,
    place=HLC,
    time=TIME,
    seen=List(REF, 4),
    state=MESSAGE_STATE,
    reactions=List(Struct(account=HASH, emoji=EMOJI, hlc=HLC, ref=REF, on=BOOL)),
    deliveries=List(Struct(device=HASH, state=BYTE)),
    flag=BOOL,
)
# Of communities: what is inside of ops, entries, secrets and ends of logs is checked by section 11, in `community`.
COMMUNITY_STATE = Enum(
    Joining=Struct(invite=HASH, secret=HASH, hints=List(Text(64), 2), refused=Option(REFUSAL)),
    In=Struct(compares=BOOL),
    Left=None,
)
MARKS = Struct(
    mentions=MENTIONS,
    thread=Option(REF),
    pinned=Option(Struct(stamp=PLACE, on=BOOL)),
    named=Option(Struct(stamp=PLACE, name=NAME)),
    redacted=Option(Struct(stamp=PLACE, account=HASH, reason=REASON)),
    around=BOOL,
)
ROW = Enum(
    Device=Struct(hlc=HLC, number_1=U32, number_2=U32, number_3=U32, time=TIME),
    Own=Struct(name=NAME, bundle=BUNDLE),
    Contact=Struct(state=CONTACT_STATE, **CONTACT_TAIL),
    Peer=Struct(account=HASH, number_1=U32, number_2=U32),
    Session=Struct(record=Bytes()),
    Prekey=Struct(record=Bytes(), time=TIME),
    LastResortSeen=Struct(time=TIME),
    Conversation=Struct(read=Option(PLACE), hlc=HLC),
    Message=MESSAGE,
    Order=None,
    Outbox=Struct(
        id=ID,
        account=Option(HASH),
        content=Bytes(),
        sealed=Option(Struct(number=U32, kind=MESSAGE_KIND, bytes=Bytes())),
    ),
    Pending=Struct(conversation=HASH, author=HASH, hlc=HLC, event=EVENT),
    Privacy=Struct(flag_1=BOOL, flag_2=BOOL, flag_3=BOOL, flag_4=BOOL, flag_5=BOOL),
    Read=Struct(place=Option(PLACE), flag=BOOL),
    Attachment=Struct(whole=HASH, media=MEDIA, size=U32, count=U16),
    Unfinished=Struct(whole=HASH, media=MEDIA, count=U16, there=U64, last_size=U32, time=TIME),
    Part=Struct(bytes=Bytes()),
    Note=Struct(text=Text()),
    Community=Struct(since=TIME, incarnation=U64, based=BOOL, state=COMMUNITY_STATE),
    Op=Struct(bytes=Bytes(OP_CAP)),
    Secret=Struct(secret=HASH, since=TIME),
    Sending=Struct(chain=ID, record=Bytes(), epoch=HASH, history=HISTORY, since=TIME),
    Told=Struct(devices=List(HASH, 500)),
    Chain=Struct(record=Bytes(), audience=AUDIENCE, since=TIME, source=Enum(Author=None, Handed=None, Proven=None)),
    Log=Struct(next=U64, head=HASH, hlc=HLC),
    Entry=Struct(bytes=Bytes(ENTRY_CAP), key=Option(HASH)),
    Held=None,
    Marks=MARKS,
    Early=Struct(community=HASH, channel=HASH, account=HASH, hlc=HLC, event=CHANNEL_EVENT),
    Gap=Struct(to=Option(U64), noticed=Option(TIME), head=HASH, after=HLC, before=HLC),
    Report=Struct(
        account=HASH,
        received=TIME,
        channel=HASH,
        reason=REASON,
        messages=List(
            Struct(message=REF, author=Option(HASH), verified=BOOL, said=List(Struct(at=HLC, text=Text(1024)), 2)), 10
        ),
        resolved=Option(TIME),
    ),
    Pace=Struct(seq=U64, hlc=HLC, arrived=TIME),
    Promise=Struct(roles=List(HASH, 64)),
    ChannelRead=PLACE,
)
