//! Who may use the API: whoever can read the token file, which is the owner of the profile.

use std::io;
use std::path::{Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::problem::Problem;
use crate::platform;

/// Name of the file with the token, in the profile's folder.
pub const TOKEN_FILE: &str = "api.token";

/// Name of the file with the address, `http://…:PORT`, in the profile's folder. It is there while
/// the node runs, and after a crash.
pub const ADDRESS_FILE: &str = "api.address";

/// Bytes of a token: nobody guesses 256 bits.
const TOKEN_BYTES: usize = 32;

/// Characters of a token.
const TOKEN_CHARS: usize = 52;

/// A bearer token. Never shown, wiped when dropped.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// The profile's token: the one in its file, so that bots survive a restart, or a new one
    /// where there is none, or where others than the owner could have read it.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_profile(profile: &Path) -> io::Result<Self> {
        let path = profile.join(TOKEN_FILE);
        match Self::read(&path) {
            Ok(token) if !platform::is_exposed(&path)? => return Ok(token),
            Ok(_) => tracing::warn!("others could read the API's token: it is replaced"),
            Err(_) => {}
        }
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        getrandom::fill(&mut *bytes).map_err(io::Error::other)?;
        let token = Zeroizing::new(BASE32_NOPAD.encode(&*bytes).to_ascii_lowercase());
        platform::write_private(&path, &token)?;
        Ok(Self(token))
    }

    /// The token in a file.
    ///
    /// # Errors
    /// What the system says, or that it is no token.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = Zeroizing::new(std::fs::read_to_string(path)?);
        let token = text.trim();
        if token.len() != TOKEN_CHARS || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not an API token",
            ));
        }
        Ok(Self(Zeroizing::new(token.to_owned())))
    }

    /// The value of the `Authorization` header that a client sends.
    #[must_use]
    pub fn header(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", *self.0))
    }

    /// Whether a request carries this token. The time it takes says nothing about how much of a
    /// guess was right.
    fn allows(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return false;
        };
        let expected = self.header();
        let (expected, given) = (expected.as_bytes(), value.as_bytes());
        let difference = expected
            .iter()
            .zip(given)
            .fold(0, |all, (a, b)| all | (a ^ b));
        expected.len() == given.len() && difference == 0
    }
}

/// Lets requests with the token through and answers the others.
pub async fn require(State(token): State<Token>, request: Request, next: Next) -> Response {
    use axum::response::IntoResponse as _;
    if token.allows(request.headers()) {
        return next.run(request).await;
    }
    let detail = "send the contents of the profile's api.token as `Authorization: Bearer …`";
    let mut problem = Problem::new(StatusCode::UNAUTHORIZED, "token", detail);
    problem.field = Some("Authorization".into());
    let mut response = problem.into_response();
    let scheme = axum::http::HeaderValue::from_static("Bearer");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, scheme);
    response
}

/// Where the node of a profile says that its API is.
///
/// # Errors
/// What the system says; `NotFound` while no node runs.
pub fn address_of(profile: &Path) -> io::Result<String> {
    Ok(std::fs::read_to_string(profile.join(ADDRESS_FILE))?
        .trim()
        .to_owned())
}

/// The address file of a running node, removed when it stops.
#[derive(Debug)]
pub struct AddressFile(PathBuf);

impl AddressFile {
    /// Says where the API is.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(profile: &Path, address: std::net::SocketAddr) -> io::Result<Self> {
        let path = profile.join(ADDRESS_FILE);
        platform::write_private(&path, &format!("http://{address}\n"))?;
        Ok(Self(path))
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(%error, "the API's address file could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn only_the_whole_token_is_let_through() {
        let folder = tempfile::tempdir().unwrap();
        let token = Token::of_profile(folder.path()).unwrap();
        let good = token.header();
        assert!(token.allows(&headers(&good)));
        let mut wrong = good.to_string();
        wrong.pop();
        assert!(!token.allows(&headers(&wrong)));
        wrong.push('!');
        assert!(!token.allows(&headers(&wrong)));
        assert!(!token.allows(&headers(&format!("{}x", *good))));
        assert!(!token.allows(&HeaderMap::new()));
    }

    #[test]
    fn a_token_outlives_a_restart_unless_others_could_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Token::of_profile(folder.path()).unwrap();
        let second = Token::of_profile(folder.path()).unwrap();
        assert_eq!(*first.0, *second.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.path().join(TOKEN_FILE);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            let third = Token::of_profile(folder.path()).unwrap();
            assert_ne!(*first.0, *third.0);
            assert!(!platform::is_exposed(&path).unwrap());
        }
    }
}
