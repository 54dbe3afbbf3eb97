//! Errors as RFC 9457 problem documents: what is wrong, in which field, and why.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::error::Rejected;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::handle::AskError;
use crate::net::DialFailure;
use crate::store_thread::StoreFault;
use crate::words::WordsFault;

/// An RFC 9457 problem document (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:lescopains:problem:` and the reason.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: Box<str>,
    /// The HTTP status's own words.
    #[schema(value_type = String)]
    pub title: Box<str>,
    /// The HTTP status.
    pub status: u16,
    /// One sentence for people.
    pub detail: String,
    /// The field, parameter or header at fault, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub field: Option<Box<str>>,
    /// One word for programs; it does not change between versions.
    #[schema(value_type = String)]
    pub reason: Box<str>,
    /// Seconds until the same may be asked again with success, if that is known; also in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// The least and the most that the field may be, where that is what is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<u64>>)]
    pub bounds: Option<Box<[usize; 2]>>,
}

impl Problem {
    /// A problem without a field.
    #[must_use]
    pub fn new(status: StatusCode, reason: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:lescopains:problem:{reason}").into(),
            title: status.canonical_reason().unwrap_or_default().into(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            reason: reason.into(),
            retry_after_s: None,
            bounds: None,
        }
    }

    /// A field that cannot be what it is.
    #[must_use]
    pub fn field(field: &str, reason: &str, detail: impl Into<String>) -> Self {
        let field = Some(field.into());
        Self {
            field,
            ..Self::new(StatusCode::BAD_REQUEST, reason, detail)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_s.map(HeaderValue::from);
        let mut response = (status, Json(self)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Self {
        let detail = rejected.to_string();
        let (status, reason) = match &rejected {
            Rejected::UnknownContact => (StatusCode::NOT_FOUND, "unknown-contact"),
            Rejected::UnknownMessage => (StatusCode::NOT_FOUND, "unknown-message"),
            Rejected::NoRequest => (StatusCode::NOT_FOUND, "no-request"),
            Rejected::NotAccepted => (StatusCode::CONFLICT, "not-accepted"),
            Rejected::Blocked => (StatusCode::CONFLICT, "blocked"),
            Rejected::Changed => (StatusCode::CONFLICT, "keys-changed"),
            Rejected::WordsIncomplete => (StatusCode::CONFLICT, "words-incomplete"),
            Rejected::NotInReach => (StatusCode::CONFLICT, "not-in-reach"),
            Rejected::Oneself => (StatusCode::CONFLICT, "oneself"),
            Rejected::Deleted => (StatusCode::CONFLICT, "deleted"),
            Rejected::DeviceRevoked => (StatusCode::FORBIDDEN, "device-revoked"),
            Rejected::NotTheAuthor => (StatusCode::FORBIDDEN, "not-the-author"),
            Rejected::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused"),
            Rejected::Bundle(_) => (StatusCode::UNPROCESSABLE_ENTITY, "certificates"),
            Rejected::UnknownCommunity => (StatusCode::NOT_FOUND, "unknown-community"),
            Rejected::UnknownChannel => (StatusCode::NOT_FOUND, "unknown-channel"),
            Rejected::Owner => (StatusCode::CONFLICT, "owner"),
            Rejected::UnknownRole => (StatusCode::NOT_FOUND, "unknown-role"),
            Rejected::Leave => (StatusCode::CONFLICT, "oneself"),
            Rejected::UnknownMember => (StatusCode::NOT_FOUND, "unknown-member"),
            Rejected::NotMember => (StatusCode::FORBIDDEN, "not-member"),
            Rejected::NotPermitted => (StatusCode::FORBIDDEN, "not-permitted"),
            Rejected::Silenced { .. } => (StatusCode::FORBIDDEN, "silenced"),
            Rejected::NotACategory => (StatusCode::CONFLICT, "not-a-category"),
            Rejected::NotByChannel => (StatusCode::CONFLICT, "not-by-channel"),
            Rejected::PublicChannel => (StatusCode::CONFLICT, "public-channel"),
            Rejected::Nothing => (StatusCode::CONFLICT, "nothing-to-change"),
            Rejected::OwnMessage => (StatusCode::CONFLICT, "own-message"),
            Rejected::NotAnEmoji => {
                return Self::field("emoji", "not-an-emoji", detail);
            }
            Rejected::TooSoon { .. } => (StatusCode::TOO_MANY_REQUESTS, "slow-mode"),
            Rejected::NoModerator => (StatusCode::CONFLICT, "no-moderator"),
            Rejected::UnknownReport => (StatusCode::NOT_FOUND, "unknown-report"),
            Rejected::NotPossible(_) => (StatusCode::CONFLICT, "not-possible"),
            Rejected::NoKeys => (StatusCode::SERVICE_UNAVAILABLE, "no-keys"),
            Rejected::Comparing => (StatusCode::SERVICE_UNAVAILABLE, "comparing"),
            Rejected::Full { .. } => (StatusCode::TOO_MANY_REQUESTS, "full"),
            Rejected::MediaType => {
                return Self::field("media", "media-type", detail);
            }
            Rejected::OutOfRange {
                field, min, max, ..
            } => {
                return Self {
                    bounds: Some(Box::new([*min, *max])),
                    ..Self::field(field, "out-of-range", detail)
                };
            }
        };
        let field = matches!(rejected, Rejected::KeyReused).then(|| "Idempotency-Key".into());
        let retry_after_s = match rejected {
            Rejected::TooSoon { wait: left } | Rejected::Silenced { left } => {
                Some(whole_seconds(left))
            }
            _ => None,
        };
        Self {
            field,
            retry_after_s,
            ..Self::new(status, reason, detail)
        }
    }
}

/// So many seconds that whoever waits them does not come too soon.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let detail = error.to_string();
        match error {
            AskError::Rejected(rejected) => rejected.into(),
            AskError::NotStored(_) => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "not-stored", detail)
            }
            AskError::Busy => Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail),
            AskError::Stopped => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail),
        }
    }
}

impl From<WordsFault> for Problem {
    fn from(fault: WordsFault) -> Self {
        let detail = fault.to_string();
        match fault {
            WordsFault::NotWords(_) => Self::field("words", "not-recovery-words", detail),
            WordsFault::OtherAccount => Self::new(StatusCode::CONFLICT, "other-account", detail),
            WordsFault::NotStored(_) => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "not-stored", detail)
            }
            WordsFault::Busy => Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail),
            WordsFault::Stopped => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail),
        }
    }
}

impl From<StoreFault> for Problem {
    fn from(fault: StoreFault) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "store", fault.message)
    }
}

impl From<DialFailure> for Problem {
    fn from(failure: DialFailure) -> Self {
        let detail = failure.to_string();
        let reason = match failure {
            DialFailure::NoAddress => return Self::field("address", "not-an-address", detail),
            DialFailure::OwnAddress => return Self::field("address", "own-address", detail),
            DialFailure::AlreadyLinked => {
                return Self::new(StatusCode::CONFLICT, "already-linked", detail);
            }
            DialFailure::WrongPeer => "wrong-peer",
            DialFailure::TooManyConnections => "too-many-connections",
            DialFailure::Unreachable(_) => "unreachable",
            DialFailure::NotALink => "not-a-link",
        };
        Self::new(StatusCode::BAD_GATEWAY, reason, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_that_are_enough() {
        for (millis, seconds) in [(1, 1), (4_000, 4), (4_001, 5)] {
            let wait = Duration::from_millis(millis);
            let problem = Problem::from(Rejected::TooSoon { wait });
            assert_eq!(problem.retry_after_s, Some(seconds));
            assert!(problem.detail.ends_with(&format!("wait {seconds} s")));
            let response = problem.into_response();
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            let header = response.headers().get(header::RETRY_AFTER);
            assert_eq!(header, Some(&HeaderValue::from(seconds)));
        }
    }
}
