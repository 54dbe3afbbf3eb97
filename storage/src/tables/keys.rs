//! Keys as bytes: the order of the bytes is the order of the keys.

use protocol::content::Audience;
use protocol::control::body::LogId;
use protocol::control::{CommunityId, OpId};
use protocol::crypto::Hash32;
use protocol::group::ChainId;
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{ConversationId, MessageId, MessageRef};
use protocol::persist::{NoteKey, PrekeyKind, RowKey};
use protocol::time::Hlc;

use crate::tables::Table;

/// The bytes of a key within its table.
pub(crate) fn encode_key(key: &RowKey) -> Vec<u8> {
    match key {
        RowKey::Device | RowKey::Own | RowKey::Privacy => vec![0],
        RowKey::Contact(account) | RowKey::Read(account) => account.0.to_vec(),
        RowKey::Conversation(conversation) => conversation.0.to_vec(),
        RowKey::Note(NoteKey::Draft(account)) => [&[0], account.0.as_slice()].concat(),
        RowKey::Note(NoteKey::Petname(account)) => [&[1], account.0.as_slice()].concat(),
        RowKey::Peer(device) | RowKey::Session(device) => device.0.to_vec(),
        RowKey::Prekey(kind, id) => [&[kind_byte(*kind)], id.to_be_bytes().as_slice()].concat(),
        RowKey::LastResortSeen(kem, signed, base) => {
            [kem.to_be_bytes().as_slice(), &signed.to_be_bytes(), &base.0].concat()
        }
        RowKey::Message(message) | RowKey::Attachment(message) | RowKey::Marks(message) => {
            [message.author.0.as_slice(), &message.id.0].concat()
        }
        RowKey::Order(conversation, place, message) => [
            conversation.0.as_slice(),
            &place.as_bits().to_be_bytes(),
            &message.author.0,
            &message.id.0,
        ]
        .concat(),
        RowKey::Outbox(device, position) => [device.0.as_slice(), &position.to_be_bytes()].concat(),
        RowKey::Unfinished(account, message) => {
            [account.0.as_slice(), &message.author.0, &message.id.0].concat()
        }
        RowKey::Part(message, index) => [
            message.author.0.as_slice(),
            &message.id.0,
            &index.to_be_bytes(),
        ]
        .concat(),
        RowKey::Pending(target, effect) | RowKey::Early(target, effect) => [
            target.author.0.as_slice(),
            &target.id.0,
            &effect.author.0,
            &effect.id.0,
        ]
        .concat(),
        of_communities => encode_of_communities(of_communities),
    }
}

/// The bytes of a key that begins with a community.
fn encode_of_communities(key: &RowKey) -> Vec<u8> {
    match key {
        RowKey::Community(community) => community.0.0.to_vec(),
        RowKey::Op(community, number) => [community.0.0.as_slice(), &number.to_be_bytes()].concat(),
        RowKey::Secret(community, op) => [community.0.0, op.0.0].concat(),
        RowKey::Sending(community, audience) | RowKey::Told(community, audience) => {
            let (kind, channel) = match audience {
                Audience::Community => (0, [0; 32]),
                Audience::Channel(channel) => (1, channel.0.0),
            };
            [community.0.0.as_slice(), &[kind], &channel].concat()
        }
        RowKey::Chain(community, device, chain) => {
            [community.0.0.as_slice(), &device.0, &chain.0].concat()
        }
        RowKey::Log(community, log) => [
            community.0.0.as_slice(),
            &log.device.0,
            &log.incarnation.to_be_bytes(),
        ]
        .concat(),
        RowKey::Entry(community, log, number) | RowKey::Gap(community, log, number) => [
            community.0.0.as_slice(),
            &log.device.0,
            &log.incarnation.to_be_bytes(),
            &number.to_be_bytes(),
        ]
        .concat(),
        RowKey::Report(community, report) => {
            [community.0.0.as_slice(), &report.author.0, &report.id.0].concat()
        }
        RowKey::Pace(community, channel, log) => [
            community.0.0.as_slice(),
            &channel.0.0,
            &log.device.0,
            &log.incarnation.to_be_bytes(),
        ]
        .concat(),
        RowKey::Promise(community, account) => [community.0.0, account.0].concat(),
        RowKey::ChannelRead(community, channel) => [community.0.0, channel.0.0].concat(),
        RowKey::Held(community, device, chain, incarnation, number) => [
            community.0.0.as_slice(),
            &device.0,
            &chain.0,
            &incarnation.to_be_bytes(),
            &number.to_be_bytes(),
        ]
        .concat(),
        _ => Vec::new(),
    }
}

/// The key of these bytes, if they are one.
pub(crate) fn decode_key(table: Table, bytes: &[u8]) -> Option<RowKey> {
    let mut fields = Fields(bytes);
    let key = match table {
        Table::Device => (fields.take::<1>()? == [0]).then_some(RowKey::Device)?,
        Table::Own => (fields.take::<1>()? == [0]).then_some(RowKey::Own)?,
        Table::Contact => RowKey::Contact(fields.account()?),
        Table::Peer => RowKey::Peer(fields.device()?),
        Table::Session => RowKey::Session(fields.device()?),
        Table::Prekey => RowKey::Prekey(kind_of(fields.take()?)?, fields.u32()?),
        Table::LastResortSeen => {
            RowKey::LastResortSeen(fields.u32()?, fields.u32()?, Hash32(fields.take()?))
        }
        Table::Conversation => RowKey::Conversation(fields.conversation()?),
        Table::Index => RowKey::Message(fields.message()?),
        Table::Timeline => RowKey::Order(
            fields.conversation()?,
            Hlc::from_bits(fields.u64()?),
            fields.message()?,
        ),
        Table::Outbox => RowKey::Outbox(fields.device()?, fields.u64()?),
        Table::Pending => RowKey::Pending(fields.message()?, fields.message()?),
        Table::Privacy => (fields.take::<1>()? == [0]).then_some(RowKey::Privacy)?,
        Table::Read => RowKey::Read(fields.account()?),
        Table::Attachment => RowKey::Attachment(fields.message()?),
        Table::Unfinished => RowKey::Unfinished(fields.account()?, fields.message()?),
        Table::Part => RowKey::Part(fields.message()?, fields.u16()?),
        Table::Note => RowKey::Note(match fields.take()? {
            [0] => NoteKey::Draft(fields.account()?),
            [1] => NoteKey::Petname(fields.account()?),
            _ => return None,
        }),
        of_communities => fields.key_of_communities(of_communities)?,
    };
    fields.0.is_empty().then_some(key)
}

const fn kind_byte(kind: PrekeyKind) -> u8 {
    match kind {
        PrekeyKind::OneTime => 0,
        PrekeyKind::Signed => 1,
        PrekeyKind::OneTimeKem => 2,
        PrekeyKind::LastResortKem => 3,
    }
}

const fn kind_of(byte: [u8; 1]) -> Option<PrekeyKind> {
    match byte {
        [0] => Some(PrekeyKind::OneTime),
        [1] => Some(PrekeyKind::Signed),
        [2] => Some(PrekeyKind::OneTimeKem),
        [3] => Some(PrekeyKind::LastResortKem),
        _ => None,
    }
}

/// Takes fields off the front of a key.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    /// The key of a table of communities.
    fn key_of_communities(&mut self, table: Table) -> Option<RowKey> {
        Some(match table {
            Table::Community => RowKey::Community(self.community()?),
            Table::Op => RowKey::Op(self.community()?, self.u32()?),
            Table::Secret => RowKey::Secret(self.community()?, self.op()?),
            Table::Sending => RowKey::Sending(self.community()?, self.audience()?),
            Table::Told => RowKey::Told(self.community()?, self.audience()?),
            Table::Chain => RowKey::Chain(self.community()?, self.device()?, self.chain()?),
            Table::Log => RowKey::Log(self.community()?, self.log()?),
            Table::Entry => RowKey::Entry(self.community()?, self.log()?, self.u64()?),
            Table::Held => RowKey::Held(
                self.community()?,
                self.device()?,
                self.chain()?,
                self.u64()?,
                self.u64()?,
            ),
            Table::Marks => RowKey::Marks(self.message()?),
            Table::Early => RowKey::Early(self.message()?, self.message()?),
            Table::Gap => RowKey::Gap(self.community()?, self.log()?, self.u64()?),
            Table::Report => RowKey::Report(self.community()?, self.message()?),
            Table::Pace => RowKey::Pace(self.community()?, self.op()?, self.log()?),
            Table::Promise => RowKey::Promise(self.community()?, self.account()?),
            Table::ChannelRead => RowKey::ChannelRead(self.community()?, self.op()?),
            _ => return None,
        })
    }

    fn account(&mut self) -> Option<AccountId> {
        self.take().map(AccountId)
    }

    fn device(&mut self) -> Option<DeviceId> {
        self.take().map(DeviceId)
    }

    fn conversation(&mut self) -> Option<ConversationId> {
        self.take().map(ConversationId)
    }

    fn community(&mut self) -> Option<CommunityId> {
        self.take().map(Hash32).map(CommunityId)
    }

    fn op(&mut self) -> Option<OpId> {
        self.take().map(Hash32).map(OpId)
    }

    fn chain(&mut self) -> Option<ChainId> {
        self.take().map(ChainId)
    }

    fn log(&mut self) -> Option<LogId> {
        Some(LogId {
            device: self.device()?,
            incarnation: self.u64()?,
        })
    }

    /// One spelling each: the community has zeros where a channel would stand.
    fn audience(&mut self) -> Option<Audience> {
        match (self.take()?, self.op()?) {
            ([0], OpId(Hash32(rest))) if rest == [0; 32] => Some(Audience::Community),
            ([1], channel) => Some(Audience::Channel(channel)),
            _ => None,
        }
    }

    fn message(&mut self) -> Option<MessageRef> {
        Some(MessageRef {
            author: self.device()?,
            id: MessageId(self.take()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Dice;

    /// A key of each kind, from few values so that their order is decided by late fields too.
    fn some_key(dice: &mut Dice) -> RowKey {
        let account = AccountId([dice.below(2) as u8; 32]);
        let device = DeviceId([dice.below(2) as u8; 32]);
        let number = [0, 1, 255, 256, u64::MAX][dice.below(5)];
        let mut message = || MessageRef {
            author: DeviceId([dice.below(2) as u8; 32]),
            id: MessageId([dice.below(3) as u8; 16]),
        };
        let (one, two) = (message(), message());
        let kind = kind_of([dice.below(4) as u8]).expect("four kinds");
        let community = CommunityId(Hash32([dice.below(2) as u8; 32]));
        let channel = OpId(Hash32([dice.below(2) as u8; 32]));
        let audience = [Audience::Community, Audience::Channel(channel)][dice.below(2)];
        let chain = ChainId([dice.below(2) as u8; 16]);
        let log = LogId {
            device,
            incarnation: [0, 256][dice.below(2)],
        };
        match dice.below(35) {
            0 => RowKey::Device,
            1 => RowKey::Contact(account),
            2 => RowKey::Peer(device),
            3 => RowKey::Session(device),
            4 => RowKey::Prekey(kind, number as u32),
            5 => RowKey::LastResortSeen(number as u32, 7, Hash32([dice.below(2) as u8; 32])),
            6 => RowKey::Conversation(account.into()),
            7 => RowKey::Message(one),
            8 => RowKey::Order(channel.into(), Hlc::from_bits(number), one),
            9 => RowKey::Outbox(device, number),
            10 => RowKey::Own,
            11 => RowKey::Privacy,
            12 => RowKey::Read(account),
            13 => RowKey::Attachment(one),
            14 => RowKey::Unfinished(account, one),
            15 => RowKey::Part(one, number as u16),
            16 => RowKey::Note(NoteKey::Draft(account)),
            17 => RowKey::Note(NoteKey::Petname(account)),
            18 => RowKey::Community(community),
            19 => RowKey::Op(community, number as u32),
            20 => RowKey::Secret(community, channel),
            21 => RowKey::Sending(community, audience),
            22 => RowKey::Told(community, audience),
            23 => RowKey::Chain(community, device, chain),
            24 => RowKey::Log(community, log),
            25 => RowKey::Entry(community, log, number),
            26 => RowKey::Held(community, device, chain, log.incarnation, number),
            27 => RowKey::Marks(one),
            28 => RowKey::Early(one, two),
            29 => RowKey::Gap(community, log, number),
            30 => RowKey::Report(community, one),
            31 => RowKey::Pace(community, channel, log),
            32 => RowKey::Promise(community, account),
            33 => RowKey::ChannelRead(community, channel),
            _ => RowKey::Pending(one, two),
        }
    }

    #[test]
    fn keys_come_back_and_keep_their_order() {
        let mut dice = Dice::new(3);
        for _ in 0..20_000 {
            let (one, two) = (some_key(&mut dice), some_key(&mut dice));
            let (table, other) = (Table::of(&one), Table::of(&two));
            assert_eq!(decode_key(table, &encode_key(&one)), Some(one));
            let stored = (table, encode_key(&one)).cmp(&(other, encode_key(&two)));
            assert_eq!(stored, one.cmp(&two), "{one:?} {two:?}");
            assert_eq!(table.is_resident(), one.is_resident());
        }
    }

    #[test]
    fn a_key_with_a_byte_more_or_less_is_none() {
        let mut dice = Dice::new(4);
        for _ in 0..200 {
            let key = some_key(&mut dice);
            let mut bytes = encode_key(&key);
            bytes.push(0);
            assert_eq!(decode_key(Table::of(&key), &bytes), None);
            bytes.truncate(bytes.len() - 2);
            assert_eq!(decode_key(Table::of(&key), &bytes), None);
        }
    }

    #[test]
    fn the_community_as_an_audience_has_one_spelling() {
        let community = CommunityId(Hash32([1; 32]));
        let mut bytes = encode_key(&RowKey::Told(community, Audience::Community));
        assert_eq!(bytes.len(), 32 + 33);
        bytes[40] = 1;
        assert_eq!(decode_key(Table::Told, &bytes), None);
    }
}
