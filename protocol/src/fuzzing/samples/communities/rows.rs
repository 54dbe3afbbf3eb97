//! Every row of a community.

use super::{
    ChainRow, ChainSource, ChannelEvent, CommunityRow, CommunityState, EarlyRow, EntryRow, GapRow,
    History, INVITE, LogRow, MarksRow, Mention, NOW_MS, OpRow, PaceRow, PromiseRow, Refusal,
    ReportRow, ReportedRow, Row, SECRETS, SaidRow, Sealed, SecretRow, SendingRow, Timestamp,
    ToldRow, WORLD, ana, at, bo, group, list, message, text,
};

/// Every row of a community, in every state.
pub(in super::super) fn rows() -> Vec<(&'static str, Row)> {
    let since = Timestamp::from_millis(NOW_MS);
    let state = |state| {
        Row::Community(CommunityRow {
            since,
            incarnation: WORLD.log.incarnation,
            based: state == CommunityState::Left,
            state,
        })
    };
    let asks = |hints, refused| CommunityState::Joining {
        invite: WORLD.invite,
        secret: INVITE,
        hints: list(hints),
        refused,
    };
    let hints = vec![text("192.0.2.7:4001"), text("[2001:db8::1]:4001")];
    let takes_part = CommunityState::In { compares: true };
    let bytes = WORLD.ops[0].encode().try_into().unwrap();
    let mut rows = vec![
        ("community joining", state(asks(hints, None))),
        (
            "community refused",
            state(asks(vec![], Some(Refusal::NotNow))),
        ),
        ("community in", state(takes_part)),
        ("community left", state(CommunityState::Left)),
        ("op", Row::Op(OpRow { bytes })),
        (
            "secret",
            Row::Secret(SecretRow {
                secret: SECRETS[1],
                since,
            }),
        ),
    ];
    rows.extend(chain_rows(since));
    rows.extend(log_rows());
    rows.extend(message_rows());
    rows.extend(report_rows(since));
    let pace = PaceRow {
        seq: 1,
        hlc: at(120),
        arrived: since,
    };
    rows.push(("pace", Row::Pace(pace)));
    let roles = list(vec![WORLD.channels[1]]);
    rows.push(("promise", Row::Promise(PromiseRow { roles })));
    rows.push(("channel_read", Row::ChannelRead((at(120), message(4)))));
    rows
}

fn chain_rows(since: Timestamp) -> [(&'static str, Row); 6] {
    let [own, theirs] = &WORLD.chains;
    let sending = SendingRow {
        chain: own.chain,
        record: own.record.clone(),
        epoch: WORLD.epochs[1],
        history: History::Days(30),
        since,
    };
    let told = ToldRow {
        devices: list(vec![bo().device]),
    };
    let chain = ChainRow {
        record: group::accept(ana().device, None, theirs.chain, &theirs.told.bytes).unwrap(),
        audience: theirs.audience,
        since,
        source: ChainSource::Author,
    };
    let of = |source| {
        Row::Chain(ChainRow {
            source,
            ..chain.clone()
        })
    };
    let (handed, proven) = (of(ChainSource::Handed), of(ChainSource::Proven));
    [
        ("sending", Row::Sending(sending)),
        ("told", Row::Told(told)),
        ("told nobody", Row::Told(ToldRow::default())),
        ("chain", Row::Chain(chain)),
        ("chain handed on", handed),
        ("chain handed on and proven", proven),
    ]
}

fn log_rows() -> [(&'static str, Row); 6] {
    let [first, newest] = [0, 1].map(|number: usize| &WORLD.entries[number]);
    let row = |sealed: &Sealed, key| {
        Row::Entry(EntryRow {
            bytes: sealed.entry.encode().try_into().unwrap(),
            key,
        })
    };
    let log = LogRow {
        next: 2,
        head: newest.entry.id(),
        hlc: newest.entry.header().hlc,
    };
    let gap = GapRow {
        to: Some(9),
        noticed: Some(Timestamp::from_millis(NOW_MS)),
        head: log.head,
        after: log.hlc,
        before: at(9),
    };
    [
        ("log", Row::Log(log)),
        ("entry", row(first, Some(*first.key.as_bytes()))),
        ("entry closed", row(newest, None)),
        ("held", Row::Held),
        ("gap", Row::Gap(gap)),
        ("gap noticed", Row::Gap(GapRow { to: None, ..gap })),
    ]
}

fn message_rows() -> [(&'static str, Row); 3] {
    let stamp = |n: u8| (at(n.into()), message(n));
    let mentions = vec![
        Mention::Account(bo().account),
        Mention::Role(WORLD.community.founding()),
        Mention::Everyone,
    ];
    let marks = MarksRow {
        mentions: list(mentions),
        thread: Some(message(1)),
        pinned: Some((stamp(2), true)),
        named: Some((stamp(3), text("samedi"))),
        redacted: Some((stamp(4), ana().account, text("assez"))),
        around: true,
    };
    let early = EarlyRow {
        community: WORLD.community,
        channel: WORLD.channels[0],
        account: bo().account,
        hlc: at(9),
        event: ChannelEvent::Delete { target: message(7) },
    };
    [
        ("marks", Row::Marks(marks)),
        ("marks none", Row::Marks(MarksRow::default())),
        ("early", Row::Early(early)),
    ]
}

fn report_rows(since: Timestamp) -> [(&'static str, Row); 2] {
    let row = |said, resolved: Option<Timestamp>| {
        Row::Report(ReportRow {
            account: bo().account,
            received: since,
            channel: WORLD.channels[0],
            reason: text("insulte"),
            messages: list(vec![ReportedRow {
                message: WORLD.said(),
                author: resolved.map(|_at| ana().account),
                verified: resolved.is_some(),
                said: list(said),
            }]),
            resolved,
        })
    };
    let said = SaidRow {
        at: at(120),
        text: text("Salut à tous"),
    };
    [
        ("report", row(vec![], None)),
        ("report dealt with", row(vec![said], Some(since))),
    ]
}
