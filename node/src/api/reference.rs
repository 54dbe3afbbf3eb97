//! How messages and places in a conversation are written in the API: opaque to clients, checked
//! when they come back.

use data_encoding::HEXLOWER;
use protocol::identity::DeviceId;
use protocol::message::{MessageId, MessageRef};
use protocol::time::Hlc;
use storage::Position;

/// A message as text: `<device>.<id>`, 52 characters of base32 and 32 of hexadecimal.
pub fn message_text(message: MessageRef) -> String {
    format!("{}.{}", message.author, HEXLOWER.encode(&message.id.0))
}

/// Reads what [`message_text`] wrote.
pub fn parse_message(text: &str) -> Option<MessageRef> {
    let (author, id) = text.split_once('.')?;
    let author: DeviceId = author.parse().ok()?;
    let id = HEXLOWER.decode(id.as_bytes()).ok()?;
    Some(MessageRef {
        author,
        id: MessageId(id.try_into().ok()?),
    })
}

/// A place as text: `<logical time>.<message>`, the first as 16 hexadecimal digits.
pub fn place_text((time, message): Position) -> String {
    format!("{:016x}.{}", time.as_bits(), message_text(message))
}

/// Reads what [`place_text`] wrote.
pub fn parse_place(text: &str) -> Option<Position> {
    let (time, message) = text.split_once('.')?;
    let time = u64::from_str_radix(time, 16).ok()?;
    Some((Hlc::from_bits(time), parse_message(message)?))
}

#[cfg(test)]
mod tests {
    use super::*;

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
