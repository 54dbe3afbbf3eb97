//! Sender chains: every message opens once, in any order, for whom the chain was told to, and for nobody else.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: a panic is how a test fails"
)]

use protocol::crypto::Rng;
use protocol::group::{
    self, ChainId, ChainRecord, Distribution, GroupError, GroupFault, GroupOpenError, SealedKey,
};
use protocol::identity::DeviceId;
use protocol::limits::{
    DISTRIBUTION_BYTES_MAX, SEALED_KEY_BYTES_MAX, SENDER_CHAIN_MESSAGES_MAX as MESSAGES_MAX,
};

const OWNER: DeviceId = DeviceId([1; 32]);
const OTHER: DeviceId = DeviceId([2; 32]);

/// A device with one chain.
struct Sender {
    owner: DeviceId,
    chain: ChainId,
    record: ChainRecord,
    first: Distribution,
    rng: Rng,
    sent: u64,
}

impl Sender {
    fn new(owner: DeviceId, seed: u8) -> Self {
        let mut rng = Rng::from_seed([seed; 32]);
        let chain = ChainId::draw(&mut rng);
        Self::of(owner, chain, rng)
    }

    fn of(owner: DeviceId, chain: ChainId, mut rng: Rng) -> Self {
        let (record, first) = group::create(owner, chain, &mut rng).unwrap();
        Self {
            owner,
            chain,
            record,
            first,
            rng,
            sent: 0,
        }
    }

    fn plaintext(number: u64) -> [u8; 64] {
        let mut bytes = [7; 64];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes
    }

    fn send(&mut self) -> SealedKey {
        let plaintext = Self::plaintext(self.sent);
        let (record, sealed) = group::seal(
            self.owner,
            self.chain,
            &self.record,
            &plaintext,
            &mut self.rng,
        )
        .unwrap();
        self.record = record;
        self.sent += 1;
        sealed
    }

    fn reader(&self) -> Reader {
        Reader {
            owner: self.owner,
            chain: self.chain,
            record: group::accept(self.owner, None, self.chain, &self.first.bytes).unwrap(),
        }
    }
}

/// What somebody else has of a chain.
struct Reader {
    owner: DeviceId,
    chain: ChainId,
    record: ChainRecord,
}

impl Reader {
    fn open(&mut self, bytes: &[u8]) -> Result<[u8; 64], GroupOpenError> {
        let (record, plaintext) = group::open(self.owner, self.chain, &self.record, bytes)?;
        self.record = record;
        Ok(*plaintext)
    }
}

#[test]
fn messages_open_in_order_and_once() {
    let mut sender = Sender::new(OWNER, 1);
    let mut reader = sender.reader();
    for number in 0..20 {
        let before = group::position(sender.chain, &sender.record).unwrap();
        let sealed = sender.send();
        assert_eq!(sealed.position, before);
        assert_eq!(group::inspect(&sealed.bytes), Ok(before));
        assert_eq!(u64::from(before.iteration), number);
        assert_eq!(reader.open(&sealed.bytes), Ok(Sender::plaintext(number)));
        let record = reader.record.clone();
        assert_eq!(reader.open(&sealed.bytes), Err(GroupOpenError::Duplicate));
        assert_eq!(reader.record, record, "a refused message changed the chain");
    }
}

#[test]
fn a_whole_chain_opens_newest_first() {
    let mut sender = Sender::new(OWNER, 2);
    let mut reader = sender.reader();
    let sealed: Vec<SealedKey> = (0..MESSAGES_MAX).map(|_| sender.send()).collect();
    let mut largest = 0;
    for place in (0..sealed.len()).rev() {
        let number = u64::try_from(place).unwrap();
        let opened = reader.open(&sealed[place].bytes);
        assert_eq!(opened, Ok(Sender::plaintext(number)));
        largest = largest.max(reader.record.as_bytes().len());
    }
    assert!((38_000..40_000).contains(&largest), "{largest} bytes");
    for message in &sealed {
        assert_eq!(reader.open(&message.bytes), Err(GroupOpenError::Duplicate));
    }
}

#[test]
fn a_whole_chain_opens_in_any_order() {
    let mut sender = Sender::new(OWNER, 3);
    let mut reader = sender.reader();
    let sealed: Vec<SealedKey> = (0..MESSAGES_MAX).map(|_| sender.send()).collect();
    // 387 and 1,000 have no common factor, so this comes by each place once.
    let mut place = 0;
    for _ in &sealed {
        let number = u64::try_from(place).unwrap();
        let opened = reader.open(&sealed[place].bytes);
        assert_eq!(opened, Ok(Sender::plaintext(number)));
        place = (place + 387) % sealed.len();
    }
}

#[test]
fn a_chain_ends_for_its_owner() {
    let mut sender = Sender::new(OWNER, 4);
    let before_last = (1..MESSAGES_MAX).map(|_| sender.send()).last().unwrap();
    assert_eq!(before_last.position.iteration, MESSAGES_MAX - 2);
    let told = group::distribution(OWNER, sender.chain, &sender.record).unwrap();
    assert_eq!(told.position.iteration, MESSAGES_MAX - 1);
    let last = sender.send();
    assert_eq!(told.position, last.position);
    // With five bytes of number and two of place nothing is longer.
    assert!(last.position.key_id >= 1 << 28, "choose another seed");
    assert_eq!(last.bytes.len(), SEALED_KEY_BYTES_MAX);
    assert_eq!(told.bytes.len(), DISTRIBUTION_BYTES_MAX);

    let next = group::position(sender.chain, &sender.record).unwrap();
    assert_eq!(next.iteration, MESSAGES_MAX);
    let more = group::seal(
        OWNER,
        sender.chain,
        &sender.record,
        &[0; 64],
        &mut sender.rng,
    );
    assert_eq!(more.err(), Some(GroupError::Exhausted));
    let told = group::distribution(OWNER, sender.chain, &sender.record);
    assert_eq!(told, Err(GroupError::Exhausted));
}

#[test]
fn whoever_is_told_later_opens_nothing_from_before() {
    let mut sender = Sender::new(OWNER, 5);
    let before: Vec<SealedKey> = (0..7).map(|_| sender.send()).collect();
    let told = group::distribution(OWNER, sender.chain, &sender.record).unwrap();
    assert_eq!(told.position.iteration, 7);
    let again = group::distribution(OWNER, sender.chain, &sender.record).unwrap();
    assert_eq!(told, again, "telling a chain moved it");
    let record = group::accept(OWNER, None, sender.chain, &told.bytes).unwrap();
    let mut late = Reader {
        record,
        ..sender.reader()
    };
    for message in &before {
        assert_eq!(late.open(&message.bytes), Err(GroupOpenError::Duplicate));
    }
    let next = sender.send();
    assert_eq!(late.open(&next.bytes), Ok(Sender::plaintext(7)));
}

#[test]
fn an_older_distribution_does_not_roll_a_chain_back() {
    let mut sender = Sender::new(OWNER, 6);
    let mut reader = sender.reader();
    let sealed: Vec<SealedKey> = (0..5).map(|_| sender.send()).collect();
    for message in &sealed[1..] {
        reader.open(&message.bytes).unwrap();
    }
    let later = group::distribution(OWNER, sender.chain, &sender.record).unwrap();
    for told in [&sender.first, &later] {
        let again = group::accept(OWNER, Some(&reader.record), sender.chain, &told.bytes);
        assert_eq!(again.as_ref(), Ok(&reader.record));
    }
    assert_eq!(
        reader.open(&sealed[3].bytes),
        Err(GroupOpenError::Duplicate)
    );
    assert_eq!(reader.open(&sealed[0].bytes), Ok(Sender::plaintext(0)));
}

#[test]
fn a_distribution_is_of_one_chain_with_one_key() {
    let ana = Sender::new(OWNER, 7);
    let same_name = Sender::of(OTHER, ana.chain, Rng::from_seed([8; 32]));
    let other = Sender::new(OWNER, 9);
    let reader = ana.reader();
    // Of another chain than was said.
    let refused = group::accept(OWNER, None, ana.chain, &other.first.bytes);
    assert_eq!(refused, Err(GroupFault::OtherChain.into()));
    // Other keys under its name: libsignal would take them beside the first, or instead of them.
    let refused = group::accept(
        OWNER,
        Some(&reader.record),
        ana.chain,
        &same_name.first.bytes,
    );
    assert_eq!(refused, Err(GroupFault::OtherKeys.into()));
    let mut same_number = same_name.first.bytes.to_vec();
    let number = 1 + 18..1 + 18 + 6;
    same_number[number.clone()].copy_from_slice(&ana.first.bytes[number]);
    let refused = group::accept(OWNER, Some(&reader.record), ana.chain, &same_number);
    assert_eq!(refused, Err(GroupFault::OtherKeys.into()));
}

#[test]
fn nobody_opens_or_makes_the_messages_of_another_chain() {
    let mut ana = Sender::new(OWNER, 10);
    // The number and the name of a chain are no secret: somebody else may use both.
    let mut other = Sender::of(OTHER, ana.chain, Rng::from_seed([11; 32]));
    let sealed = ana.send();
    assert_eq!(
        other.reader().open(&sealed.bytes),
        Err(GroupOpenError::UnknownChain)
    );
    assert_eq!(
        ana.reader().open(&other.send().bytes),
        Err(GroupOpenError::UnknownChain)
    );
    let mut same_number = other.first.bytes.to_vec();
    let number = 1 + 18..1 + 18 + 6;
    same_number[number.clone()].copy_from_slice(&ana.first.bytes[number]);
    let mut reader = Reader {
        record: group::accept(OTHER, None, ana.chain, &same_number).unwrap(),
        ..other.reader()
    };
    let refused = reader.open(&sealed.bytes);
    assert_eq!(refused, Err(GroupFault::BadSignature.into()));
    // And a message of another chain of the same device.
    let mut second = Sender::new(OWNER, 12);
    let refused = ana.reader().open(&second.send().bytes);
    assert_eq!(refused, Err(GroupFault::OtherChain.into()));
    // Who was only told a chain cannot seal with it.
    let reader = ana.reader();
    let sealed = group::seal(OWNER, ana.chain, &reader.record, &[0; 64], &mut ana.rng);
    assert_eq!(sealed.err(), Some(GroupError::Corrupt));
}

#[test]
fn no_altered_message_opens() {
    let mut sender = Sender::new(OWNER, 13);
    let mut reader = sender.reader();
    let sealed = sender.send();
    let record = reader.record.clone();
    for bit in 0..sealed.bytes.len() * 8 {
        let mut altered = sealed.bytes.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(reader.open(&altered).is_err(), "bit {bit}");
    }
    for length in 0..sealed.bytes.len() {
        assert!(reader.open(&sealed.bytes[..length]).is_err());
    }
    for behind in 1..4 {
        let longer = [&sealed.bytes[..], &vec![0; behind]].concat();
        assert!(reader.open(&longer).is_err());
    }
    assert_eq!(
        group::inspect(&[0x33; SEALED_KEY_BYTES_MAX + 1]),
        Err(GroupFault::TooLarge)
    );
    assert_eq!(reader.record, record);
    assert_eq!(reader.open(&sealed.bytes), Ok(Sender::plaintext(0)));
}

#[test]
fn no_altered_distribution_opens_the_chain() {
    let mut sender = Sender::new(OWNER, 14);
    let sealed = sender.send();
    let told = sender.first.bytes.to_vec();
    let mut taken = 0;
    for bit in 0..told.len() * 8 {
        let mut altered = told.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let Ok(record) = group::accept(OWNER, None, sender.chain, &altered) else {
            continue;
        };
        taken += 1;
        let mut reader = Reader {
            record,
            ..sender.reader()
        };
        assert!(reader.open(&sealed.bytes).is_err(), "bit {bit}");
    }
    // Other keys and numbers are as good as these, for another chain.
    assert!((290..330).contains(&taken), "{taken}");
    for length in 0..told.len() {
        assert!(group::accept(OWNER, None, sender.chain, &told[..length]).is_err());
    }
    let longer = [told.as_slice(), &[0; 8]].concat();
    let refused = group::accept(OWNER, None, sender.chain, &longer);
    assert_eq!(refused, Err(GroupFault::TooLarge.into()));
}

#[test]
fn a_chain_does_not_show_itself() {
    let sender = Sender::new(OWNER, 15);
    let shown = format!("{:?} {:?}", sender.record, sender.first);
    assert!(shown.len() < 240, "{shown}");
}
