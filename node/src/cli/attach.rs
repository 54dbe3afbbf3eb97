//! A file as a message: its bytes, what it is by its name, and its name as the text.

use std::path::Path;

use data_encoding::BASE64;
use node::api::model::{NewAttachment, NewMessage};

use super::Failure;
use crate::text::Language;

/// The message that sends a file. What it says is `text`, or else the name of the file.
pub(super) fn message(
    file: &Path,
    text: Option<String>,
    language: Language,
) -> Result<NewMessage, Failure> {
    let bytes = bytes(file, protocol::limits::ATTACHMENT_BYTES_MAX, language)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let attachment = NewAttachment {
        media: media_of(file).to_owned(),
        base64: BASE64.encode(&bytes),
    };
    Ok(NewMessage {
        body: text.unwrap_or_else(|| name.into_owned()),
        reply_to: None,
        attachment: Some(attachment),
    })
}

/// What is in a file of at most so many bytes.
pub(super) fn bytes(file: &Path, most: usize, language: Language) -> Result<Vec<u8>, Failure> {
    let unreadable =
        |why: &str| Failure::new(language.file_unreadable(&file.display().to_string(), why));
    let size = std::fs::metadata(file).map_err(|error| unreadable(&error.to_string()))?;
    if usize::try_from(size.len()).is_ok_and(|size| size > most) {
        return Err(Failure::new(language.file_too_large(most)));
    }
    std::fs::read(file).map_err(|error| unreadable(&error.to_string()))
}

/// What a file is, by the end of its name.
fn media_of(file: &Path) -> &'static str {
    let end = file.extension().unwrap_or_default().to_string_lossy();
    match end.to_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "txt" | "md" | "log" => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_name_says() {
        assert_eq!(media_of(Path::new("a/cat.JPG")), "image/jpeg");
        assert_eq!(media_of(Path::new("png")), "application/octet-stream");
    }
}
