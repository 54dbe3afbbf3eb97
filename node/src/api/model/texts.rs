//! How permissions, lists of ids and enums of the core become what the API says.

use std::fmt::Write as _;

use protocol::control::{Bits, OpId};

use crate::api::reference::op_text;

/// The names of permissions, as the API writes them.
pub(super) fn bit_names(bits: Bits) -> Vec<String> {
    let named = Bits::NAMED.iter().filter(|(_, bit)| bits.contains(*bit));
    named.map(|(name, _)| bit_name(name)).collect()
}

/// A permission's name, as the API writes it.
pub(in crate::api) fn bit_name(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// Ids as text.
pub(super) fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// Names of ops as text.
pub(super) fn ops(all: &[OpId]) -> Vec<String> {
    all.iter().copied().map(op_text).collect()
}

/// These bytes in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// Two enums that say the same, one for each side of the door.
macro_rules! same {
    ($inside:ident = $outside:ident: $($variant:ident),+) => {
        impl From<$inside> for $outside {
            fn from(inside: $inside) -> Self {
                match inside {
                    $($inside::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$outside> for $inside {
            fn from(outside: $outside) -> Self {
                match outside {
                    $($outside::$variant => Self::$variant,)+
                }
            }
        }
    };
}
pub(super) use same;
