//! How messages, places in a conversation, communities and ops are written in the API: opaque to clients, checked
//! when they come back.

use data_encoding::HEXLOWER;
use protocol::control::{CommunityId, OpId};
use protocol::crypto::Hash32;
use protocol::identity::{AccountId, DeviceId};
use protocol::message::{MessageId, MessageRef};
use protocol::time::Hlc;
use storage::Position;

/// A message as text: `<device>.<id>`, 52 characters of base32 and 32 of hexadecimal.
pub fn message_text(message: MessageRef) -> String {
    format!("{}.{}", message.author, HEXLOWER.encode(&message.id.0))
}

/// Reads what [`message_text`] wrote, and no other spelling of it.
pub fn parse_message(text: &str) -> Option<MessageRef> {
    let (author, id) = text.split_once('.')?;
    let author: DeviceId = author.parse().ok()?;
    let id = HEXLOWER.decode(id.as_bytes()).ok()?;
    let message = MessageRef {
        author,
        id: MessageId(id.try_into().ok()?),
    };
    (message_text(message) == text).then_some(message)
}

/// A place as text: `<logical time>.<message>`, the first as 16 hexadecimal digits.
pub fn place_text((time, message): Position) -> String {
    format!("{:016x}.{}", time.as_bits(), message_text(message))
}

/// Reads what [`place_text`] wrote, and no other spelling of it.
pub fn parse_place(text: &str) -> Option<Position> {
    let (time, message) = text.split_once('.')?;
    let time = u64::from_str_radix(time, 16).ok()?;
    let place = (Hlc::from_bits(time), parse_message(message)?);
    (place_text(place) == text).then_some(place)
}

/// A community as text: 52 characters of base32, as of accounts.
pub fn community_text(community: CommunityId) -> String {
    AccountId(community.0.0).to_string()
}

/// Reads what [`community_text`] wrote, and no other spelling of it.
pub fn parse_community(text: &str) -> Option<CommunityId> {
    parse_op(text).map(|op| CommunityId(op.0))
}

/// An op of a community as text, and what it made: a channel, a role, an invite. 52 characters of base32, as of accounts.
pub fn op_text(op: OpId) -> String {
    AccountId(op.0.0).to_string()
}

/// Reads what [`op_text`] wrote, and no other spelling of it.
pub fn parse_op(text: &str) -> Option<OpId> {
    let bytes = text.parse::<AccountId>().ok()?;
    let op = OpId(Hash32(bytes.0));
    (op_text(op) == text).then_some(op)
}

#[cfg(test)]
mod tests {
    use protocol::fuzzing::{Verdict, hunt};

    use super::*;

    /// Executions of mutated texts; each takes a microsecond.
    const STROLL: usize = 50_000;

    fn corpus() -> Vec<Vec<u8>> {
        let message = MessageRef {
            author: DeviceId([7; 32]),
            id: MessageId([9; 16]),
        };
        let place = place_text((Hlc::from_bits(0xabc), message));
        let op = op_text(OpId(Hash32([3; 32])));
        [message_text(message), place, op]
            .map(String::into_bytes)
            .into()
    }

    /// Whatever is read is written as it was read.
    fn one_spelling<T>(
        input: &[u8],
        parse: fn(&str) -> Option<T>,
        write: fn(T) -> String,
    ) -> Verdict {
        let text = std::str::from_utf8(input).ok();
        let read = text.and_then(|text| Some((text, parse(text)?)));
        if let Some((text, value)) = read {
            assert_eq!(write(value), text, "another spelling was accepted");
            return Verdict::Accepted;
        }
        Verdict::Refused
    }

    #[test]
    fn a_reference_has_one_spelling() {
        let message = |input: &[u8]| one_spelling(input, parse_message, message_text);
        let place = |input: &[u8]| one_spelling(input, parse_place, place_text);
        let op = |input: &[u8]| one_spelling(input, parse_op, op_text);
        let [first, second, third] = [0, 1, 2].map(|at: usize| corpus()[at].clone());
        assert_eq!(message(&first), Verdict::Accepted);
        assert_eq!(place(&second), Verdict::Accepted);
        assert_eq!(op(&third), Verdict::Accepted);
        for run in [message, place, op] {
            assert_eq!(hunt(run, &corpus(), [1; 32], STROLL), None);
        }
    }

    #[test]
    fn places_survive_the_way_through_text() {
        let message = MessageRef {
            author: DeviceId([7; 32]),
            id: MessageId([9; 16]),
        };
        let place = (Hlc::from_bits(42), message);
        assert_eq!(parse_message(&message_text(message)), Some(message));
        assert_eq!(parse_place(&place_text(place)), Some(place));
    }

    #[test]
    fn anything_else_is_no_reference() {
        let good = message_text(MessageRef {
            author: DeviceId([7; 32]),
            id: MessageId([9; 16]),
        });
        for cut in 0..good.len() {
            assert_eq!(parse_message(&good[..cut]), None, "{cut}");
        }
        for wrong in ["", ".", "a.b", "zz.00"] {
            assert_eq!(parse_message(wrong), None);
            assert_eq!(parse_place(wrong), None);
        }
    }
}
