//! From a wish to send a file to the command that does: text and kind are parsed here, where the window's words end.

use bytes::Bytes;
use protocol::identity::AccountId;
use protocol::limits::TEXT_BYTES_MAX;
use protocol::message::{Body, MEDIA_TYPES, Media, MessageRef};
use protocol::turn::{Attachment, Command};

use crate::backend::faults;
use crate::text::Sentence;

/// What a kind that may not be attached by its own name is called: its receiver sees bytes anyway.
const ANY_BYTES: &str = "application/octet-stream";

/// A file that somebody wants to send.
pub(super) struct File {
    pub(super) to: AccountId,
    pub(super) body: String,
    pub(super) media: String,
    pub(super) bytes: Bytes,
    pub(super) reply_to: Option<MessageRef>,
    pub(super) key: Option<Vec<u8>>,
}

/// The command that sends it.
///
/// # Errors
/// A sentence, when the text beside it is too long.
pub(super) fn command(file: File) -> Result<Command, Sentence> {
    let bytes = file.body.len();
    let too_long = |_error| faults::size(bytes, TEXT_BYTES_MAX, "bytes");
    let body = Body::try_from(file.body).map_err(too_long)?;
    let known = MEDIA_TYPES.contains(&file.media.as_str());
    let media = if known {
        file.media
    } else {
        ANY_BYTES.to_owned()
    };
    let media = Media::try_from(media).map_err(|_error| "fault-media-type")?;
    Ok(Command::Attach {
        to: file.to,
        body,
        reply_to: file.reply_to,
        attachment: Attachment {
            media,
            bytes: file.bytes,
        },
        key: file.key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(media: &str, body: String) -> File {
        File {
            to: AccountId([1; 32]),
            body,
            media: media.to_owned(),
            bytes: Bytes::from_static(b"bytes"),
            reply_to: None,
            key: Some(vec![7; 16]),
        }
    }

    #[test]
    fn a_kind_of_ours_keeps_its_name_and_another_becomes_bytes() {
        for (asked, sent) in [
            ("image/png", "image/png"),
            ("video/mp4", ANY_BYTES),
            ("", ANY_BYTES),
        ] {
            let Ok(Command::Attach {
                attachment, key, ..
            }) = command(file(asked, "plan".to_owned()))
            else {
                panic!("{asked} was refused");
            };
            assert_eq!(attachment.media.as_str(), sent);
            assert_eq!(key, Some(vec![7; 16]));
        }
    }

    #[test]
    fn text_that_no_message_holds_is_refused_in_words() {
        assert!(command(file("image/png", "x".repeat(20_000))).is_err());
    }
}
