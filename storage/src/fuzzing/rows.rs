//! Rows and their keys as they lie in `history.redb`: one spelling each, and no row anywhere but in its place.

use protocol::content::Audience;
use protocol::control::body::LogId;
use protocol::control::{CommunityId, OpId};
use protocol::crypto::Hash32;
use protocol::fuzzing::{Target, Verdict, samples};
use protocol::group::ChainId;
use protocol::persist::{Row, RowKey};

use crate::load;
use crate::random::SeededRandom;
use crate::seal::{DataKey, NONCE, Place, Sealer};
use crate::tables::{self, Table};
use crate::timeline::Whereabouts;

/// Keys: what decodes belongs to its table and encodes to the same bytes.
pub(super) const ROW_KEYS: Target = Target {
    name: "row_keys",
    run: |input| keys(input, tables::decode_key),
    planted: |input| {
        keys(input, |table, bytes| {
            let cut = bytes.split_last().map_or(bytes, |(_, rest)| rest);
            tables::decode_key(table, bytes).or_else(|| tables::decode_key(table, cut))
        })
    },
    bug: "one byte behind a key is accepted",
    seeds: key_seeds,
};

/// Sealed rows: what is opened in its place encodes to what was sealed; with a byte of row or key changed, nothing is.
pub(super) const SEALED_ROWS: Target = Target {
    name: "sealed_rows",
    run: |input| rows(input, |table, key| table.place(key)),
    planted: |input| rows(input, |table, _| table.place(&[])),
    bug: "the seal of a row does not cover its key",
    seeds: row_seeds,
};

/// Where a row is sealed and opened: its table and key, unless there is a bug.
type PlaceOf = for<'a> fn(Table, &'a [u8]) -> Place<'a>;

/// Input: the number of a table, then the key.
fn keys(input: &[u8], decode: fn(Table, &[u8]) -> Option<RowKey>) -> Verdict {
    let Some((number, bytes)) = input.split_first() else {
        return Verdict::Refused;
    };
    let Some(key) = decode(table(*number), bytes) else {
        return Verdict::Refused;
    };
    assert_eq!(Table::of(&key), table(*number), "a key of another table");
    assert_eq!(
        tables::encode_key(&key),
        bytes,
        "another spelling of a key was accepted"
    );
    Verdict::Accepted
}

/// Input: the number of a table; what is changed (0 nothing, 1 the sealed row, 2 the key); where, 2 bytes; what to XOR
/// it with; the length of the key; the key; the row before sealing.
fn rows(input: &[u8], place_of: PlaceOf) -> Verdict {
    let Some(([number, how, low, high, change, length], rest)) = input.split_first_chunk::<6>()
    else {
        return Verdict::Refused;
    };
    let table = table(*number);
    let (key, plain) = rest.split_at(usize::from(*length).min(rest.len()));
    let sealer = Sealer::new(&DataKey::from_bytes([7; 32]), Table::ALL.map(Table::name));
    assert!(
        open(table, key, plain, &sealer, place_of).is_none(),
        "a row that nobody sealed was opened"
    );
    let mut sealed = seal(&place_of(table, key), plain, &sealer);
    let mut key = key.to_vec();
    let at = usize::from(u16::from_le_bytes([*low, *high]));
    let changed = match how % 3 {
        0 => false,
        1 => patch(&mut sealed, at, *change),
        _ => patch(&mut key, at, *change),
    };
    let opened = open(table, &key, &sealed, &sealer, place_of);
    if changed {
        assert_eq!(opened, None, "a changed row was opened");
        return Verdict::Refused;
    }
    let Some(again) = opened else {
        return Verdict::Refused;
    };
    assert_eq!(again, plain, "another spelling of a row was accepted");
    Verdict::Accepted
}

fn seal(place: &Place<'_>, plain: &[u8], sealer: &Sealer) -> Vec<u8> {
    let sealed = sealer.seal(place, plain, &mut SeededRandom::new(1, 0));
    sealed.expect("a short row of a known table")
}

/// What a row encodes to again, if it opens.
fn open(
    table: Table,
    key: &[u8],
    sealed: &[u8],
    sealer: &Sealer,
    place_of: PlaceOf,
) -> Option<Vec<u8>> {
    let place = place_of(table, key);
    if table == Table::Index {
        let plain = sealer.open(&place, sealed).ok()?;
        let found = Whereabouts::decode(&plain).ok()?;
        return Some(found.encode());
    }
    let row = load::unseal(table, place.key, sealed, sealer).ok()?;
    Some(tables::encode_row(table, &row).expect("a row of its own table"))
}

/// Whether a byte changed.
fn patch(bytes: &mut [u8], at: usize, change: u8) -> bool {
    let byte = at
        .checked_rem(bytes.len())
        .and_then(|at| bytes.get_mut(at))
        .filter(|_| change != 0);
    byte.map(|byte| *byte ^= change).is_some()
}

fn table(number: u8) -> Table {
    Table::ALL[usize::from(number) % Table::ALL.len()]
}

fn number(table: Table) -> u8 {
    let number = Table::ALL.iter().position(|one| *one == table);
    u8::try_from(number.expect("a table is one of all")).expect("few tables")
}

type Seeds = Vec<(String, Vec<u8>)>;

/// One key of each table.
fn key_seeds() -> Seeds {
    let message = samples::message(3);
    let (account, device) = (samples::ana().account, samples::bo().device);
    let base = Hash32([9; 32]);
    let (community, op) = (CommunityId(Hash32([5; 32])), OpId(Hash32([6; 32])));
    let chain = ChainId([4; 16]);
    let log = LogId {
        device,
        incarnation: 5,
    };
    let keys = [
        RowKey::Device,
        RowKey::Own,
        RowKey::Contact(account),
        RowKey::Peer(device),
        RowKey::Session(device),
        RowKey::Prekey(protocol::persist::PrekeyKind::OneTimeKem, 258),
        RowKey::LastResortSeen(4, 1, base),
        RowKey::Conversation(account.into()),
        RowKey::Message(message),
        RowKey::Order(account.into(), samples::at(5), message),
        RowKey::Outbox(device, 77),
        RowKey::Pending(message, samples::message(4)),
        RowKey::Community(community),
        RowKey::Op(community, 258),
        RowKey::Secret(community, op),
        RowKey::Sending(community, Audience::Community),
        RowKey::Told(community, Audience::Channel(op)),
        RowKey::Chain(community, device, chain),
        RowKey::Log(community, log),
        RowKey::Entry(community, log, 7),
        RowKey::Held(community, device, chain, 5, 7),
        RowKey::Marks(message),
        RowKey::Early(message, samples::message(4)),
        RowKey::Gap(community, log, 7),
        RowKey::Report(community, message),
        RowKey::Pace(community, op, log),
        RowKey::Promise(community, account),
        RowKey::ChannelRead(community, op),
    ];
    keys.iter()
        .map(|key| {
            let table = Table::of(key);
            let input = [&[number(table)], tables::encode_key(key).as_slice()].concat();
            (table.name().to_owned(), input)
        })
        .collect()
}

/// Every kind of row as it is, and some with one byte changed on the disk.
fn row_seeds() -> Seeds {
    let input = |table: Table, plain: &[u8], how: u8, at: u16| {
        let [low, high] = at.to_le_bytes();
        let start = [number(table), how, low, high, 1, 4, b'h', b'e', b'r', b'e'];
        [start.as_slice(), plain].concat()
    };
    let mut rows: Vec<(String, Table, Vec<u8>)> = Vec::new();
    for (name, row) in samples::rows() {
        let encoded = |table: &Table| Some((*table, tables::encode_row(*table, &row).ok()?));
        // A place is no row of its own.
        let Some((table, plain)) = Table::ALL.iter().find_map(encoded) else {
            continue;
        };
        if name == "message text"
            && let Row::Message(row) = row
        {
            let nowhere = Whereabouts::Nowhere(Box::new(row)).encode();
            rows.push(("index nowhere".to_owned(), Table::Index, nowhere));
        }
        rows.push((name.to_owned(), table, plain));
    }
    let stands = Whereabouts::Stands(samples::ana().account.into(), samples::at(5)).encode();
    rows.push(("index stands".to_owned(), Table::Index, stands));
    let mut seeds: Seeds = rows
        .iter()
        .map(|(name, table, plain)| (name.replace(' ', "-"), input(*table, plain, 0, 0)))
        .collect();
    let (_, table, first) = rows.first().expect("there are rows");
    let nonce = u16::try_from(NONCE).expect("24");
    for (name, how, at) in [
        ("nonce-changed", 1, 0),
        ("row-changed", 1, nonce),
        ("key-changed", 2, 3),
    ] {
        seeds.push((name.to_owned(), input(*table, first, how, at)));
    }
    seeds
}
