//! Rows as bytes before sealing: which type lies in which table.

use protocol::persist::Row;
use protocol::wire::{self, Malformed};

use crate::error::StoreError;
use crate::seal::ROW_MAX;
use crate::tables::Table;

/// The bytes of a row before sealing. Those of `index` are [`Whereabouts`].
///
/// # Errors
/// [`StoreError::WrongKind`] if the row does not belong into the table.
///
/// [`Whereabouts`]: crate::timeline::Whereabouts
pub(crate) fn encode_row(table: Table, row: &Row) -> Result<Vec<u8>, StoreError> {
    Ok(match (table, row) {
        (Table::Device, Row::Device(row)) => wire::encode(row),
        (Table::Own, Row::Own(row)) => wire::encode(row),
        (Table::Contact, Row::Contact(row)) => wire::encode(row),
        (Table::Peer, Row::Peer(row)) => wire::encode(row),
        (Table::Session, Row::Session(row)) => wire::encode(row),
        (Table::Prekey, Row::Prekey(row)) => wire::encode(row),
        (Table::LastResortSeen, Row::LastResortSeen(row)) => wire::encode(row),
        (Table::Conversation, Row::Conversation(row)) => wire::encode(row),
        (Table::Timeline, Row::Message(row)) => wire::encode(row),
        (Table::Outbox, Row::Outbox(row)) => wire::encode(row),
        (Table::Pending, Row::Pending(row)) => wire::encode(row),
        (Table::Privacy, Row::Privacy(row)) => wire::encode(row),
        (Table::Read, Row::Read(row)) => wire::encode(row),
        (Table::Attachment, Row::Attachment(row)) => wire::encode(row),
        (Table::Unfinished, Row::Unfinished(row)) => wire::encode(row),
        (Table::Part, Row::Part(row)) => wire::encode(row),
        (Table::Note, Row::Note(row)) => wire::encode(row),
        (Table::Community, Row::Community(row)) => wire::encode(row),
        (Table::Op, Row::Op(row)) => wire::encode(row),
        (Table::Secret, Row::Secret(row)) => wire::encode(row),
        (Table::Sending, Row::Sending(row)) => wire::encode(row),
        (Table::Told, Row::Told(row)) => wire::encode(row),
        (Table::Chain, Row::Chain(row)) => wire::encode(row),
        (Table::Log, Row::Log(row)) => wire::encode(row),
        (Table::Entry, Row::Entry(row)) => wire::encode(row),
        (Table::Held, Row::Held) => Vec::new(),
        (Table::Marks, Row::Marks(row)) => wire::encode(row),
        (Table::Early, Row::Early(row)) => wire::encode(row),
        (Table::Gap, Row::Gap(row)) => wire::encode(row),
        (Table::Report, Row::Report(row)) => wire::encode(row),
        (Table::Pace, Row::Pace(row)) => wire::encode(row),
        (Table::Promise, Row::Promise(row)) => wire::encode(row),
        (Table::ChannelRead, Row::ChannelRead(place)) => wire::encode(place),
        _ => {
            return Err(StoreError::WrongKind {
                table: table.name(),
            });
        }
    })
}

/// The row of these bytes, as they came out of their seal. Those of `index` are [`Whereabouts`].
///
/// [`Whereabouts`]: crate::timeline::Whereabouts
pub(crate) fn decode_row(table: Table, bytes: &[u8]) -> Result<Row, Malformed> {
    Ok(match table {
        Table::Device => Row::Device(wire::decode(bytes, ROW_MAX)?),
        Table::Own => Row::Own(wire::decode(bytes, ROW_MAX)?),
        Table::Contact => Row::Contact(wire::decode(bytes, ROW_MAX)?),
        Table::Peer => Row::Peer(wire::decode(bytes, ROW_MAX)?),
        Table::Session => Row::Session(wire::decode(bytes, ROW_MAX)?),
        Table::Prekey => Row::Prekey(wire::decode(bytes, ROW_MAX)?),
        Table::LastResortSeen => Row::LastResortSeen(wire::decode(bytes, ROW_MAX)?),
        Table::Conversation => Row::Conversation(wire::decode(bytes, ROW_MAX)?),
        Table::Timeline => Row::Message(wire::decode(bytes, ROW_MAX)?),
        Table::Index => return Err(Malformed::Invalid),
        Table::Outbox => Row::Outbox(wire::decode(bytes, ROW_MAX)?),
        Table::Pending => Row::Pending(wire::decode(bytes, ROW_MAX)?),
        Table::Privacy => Row::Privacy(wire::decode(bytes, ROW_MAX)?),
        Table::Read => Row::Read(wire::decode(bytes, ROW_MAX)?),
        Table::Attachment => Row::Attachment(wire::decode(bytes, ROW_MAX)?),
        Table::Unfinished => Row::Unfinished(wire::decode(bytes, ROW_MAX)?),
        Table::Part => Row::Part(wire::decode(bytes, ROW_MAX)?),
        Table::Note => Row::Note(wire::decode(bytes, ROW_MAX)?),
        Table::Community => Row::Community(wire::decode(bytes, ROW_MAX)?),
        Table::Op => Row::Op(wire::decode(bytes, ROW_MAX)?),
        Table::Secret => Row::Secret(wire::decode(bytes, ROW_MAX)?),
        Table::Sending => Row::Sending(wire::decode(bytes, ROW_MAX)?),
        Table::Told => Row::Told(wire::decode(bytes, ROW_MAX)?),
        Table::Chain => Row::Chain(wire::decode(bytes, ROW_MAX)?),
        Table::Log => Row::Log(wire::decode(bytes, ROW_MAX)?),
        Table::Entry => Row::Entry(wire::decode(bytes, ROW_MAX)?),
        Table::Held if bytes.is_empty() => Row::Held,
        Table::Held => return Err(Malformed::Invalid),
        Table::Marks => Row::Marks(wire::decode(bytes, ROW_MAX)?),
        Table::Early => Row::Early(wire::decode(bytes, ROW_MAX)?),
        Table::Gap => Row::Gap(wire::decode(bytes, ROW_MAX)?),
        Table::Report => Row::Report(wire::decode(bytes, ROW_MAX)?),
        Table::Pace => Row::Pace(wire::decode(bytes, ROW_MAX)?),
        Table::Promise => Row::Promise(wire::decode(bytes, ROW_MAX)?),
        Table::ChannelRead => Row::ChannelRead(wire::decode(bytes, ROW_MAX)?),
    })
}
