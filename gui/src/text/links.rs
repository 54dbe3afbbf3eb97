//! Where a link really goes, and what about it should make a person look twice.
//!
//! Nothing is refused for looking odd: people decide, once they see the true host. Refused is what is no web page at
//! all: programs, files, scripts.

use std::net::IpAddr;

use url::{Host, Url};

/// Something about a link that should make a person look twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Letters of its host come from several alphabets: made to look like another.
    Mixed,
    /// Its host is written in an alphabet whose letters look like Latin ones.
    LooksLatin,
    /// Its host has letters beyond a to z; this is how programs write it.
    Encoded(String),
    /// A name stands before the host, as in `bank.example@elsewhere.example`.
    User(String),
    /// It goes to a number, not a name.
    Address,
    /// It does not use the usual port.
    Port(u16),
    /// What is sent there can be read on the way.
    Open,
    /// Its text names this other host.
    Says(String),
}

/// A link that may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The whole link, as a browser is handed it.
    pub url: String,
    /// The host, as people read it.
    pub host: String,
    /// What should make a person look twice, the gravest first.
    pub doubts: Vec<Doubt>,
}

impl Examined {
    /// Whether something about it looks made to deceive.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        self.doubts.iter().any(|doubt| {
            matches!(
                doubt,
                Doubt::Mixed | Doubt::LooksLatin | Doubt::User(_) | Doubt::Says(_)
            )
        })
    }
}

/// Why a link is not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It cannot be read.
    Unreadable,
    /// It is of this kind, which is not a web page's.
    Kind(String),
}

/// Whether a link of this target may stand in a message as one: web pages, and our own contact links.
#[must_use]
pub fn is_link(target: &str) -> bool {
    is_contact(target) || examine(target, None).is_ok()
}

/// Whether it is a contact link of ours.
#[must_use]
pub fn is_contact(target: &str) -> bool {
    target
        .get(..11)
        .is_some_and(|start| start.eq_ignore_ascii_case("lescopains:"))
}

/// Looks at a link, and at the text that it hides behind.
///
/// # Errors
/// When it is not a web page's.
pub fn examine(target: &str, says: Option<&str>) -> Result<Examined, Refused> {
    let url = Url::parse(target.trim()).map_err(|_error| Refused::Unreadable)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Kind(url.scheme().to_owned()));
    }
    let mut doubts = Vec::new();
    let host = match url.host() {
        Some(Host::Domain(domain)) => named(domain, &mut doubts),
        Some(Host::Ipv4(address)) => {
            doubts.push(Doubt::Address);
            IpAddr::V4(address).to_string()
        }
        Some(Host::Ipv6(address)) => {
            doubts.push(Doubt::Address);
            format!("[{address}]")
        }
        None => return Err(Refused::Unreadable),
    };
    if !url.username().is_empty() || url.password().is_some() {
        doubts.insert(0, Doubt::User(url.username().to_owned()));
    }
    if let Some(says) = says.and_then(|says| other_host(says, &host, &url)) {
        doubts.insert(0, Doubt::Says(says));
    }
    if let Some(port) = url.port() {
        doubts.push(Doubt::Port(port));
    }
    if url.scheme() == "http" {
        doubts.push(Doubt::Open);
    }
    Ok(Examined {
        url: url.to_string(),
        host,
        doubts,
    })
}

/// A host of letters, as people read it.
fn named(domain: &str, doubts: &mut Vec<Doubt>) -> String {
    let domain = domain.trim_end_matches('.');
    if !domain.split('.').any(|label| label.starts_with("xn--")) {
        return domain.to_owned();
    }
    let (shown, _valid) = idna::domain_to_unicode(domain);
    let shown = super::clean::line(&shown);
    if shown.split('.').any(is_mixed) {
        doubts.push(Doubt::Mixed);
    } else if shown.split('.').any(looks_latin) {
        doubts.push(Doubt::LooksLatin);
    }
    doubts.push(Doubt::Encoded(domain.to_owned()));
    shown
}

/// The alphabets whose letters are drawn like Latin ones, and Latin itself. Others (Han, Arabic) fool nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Georgian,
    Cherokee,
    Coptic,
    Lisu,
}

const fn alphabet(letter: char) -> Option<Alphabet> {
    Some(match letter {
        'a'..='z' | 'A'..='Z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2af}'
        | '\u{1d00}'..='\u{1d25}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}'
        | '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab64}' => Alphabet::Latin,
        '\u{370}'..='\u{3e1}' | '\u{3f0}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Alphabet::Greek,
        '\u{3e2}'..='\u{3ef}' | '\u{2c80}'..='\u{2cff}' => Alphabet::Coptic,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}'
        | '\u{a640}'..='\u{a69f}' => Alphabet::Cyrillic,
        '\u{531}'..='\u{58f}' => Alphabet::Armenian,
        '\u{590}'..='\u{5ff}' => Alphabet::Hebrew,
        '\u{10a0}'..='\u{10ff}' | '\u{2d00}'..='\u{2d2f}' => Alphabet::Georgian,
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Alphabet::Cherokee,
        '\u{a4d0}'..='\u{a4ff}' => Alphabet::Lisu,
        _ => return None,
    })
}

/// Whether a piece of a host mixes alphabets.
fn is_mixed(label: &str) -> bool {
    let mut found = label.chars().filter_map(alphabet);
    found
        .next()
        .is_some_and(|first| found.any(|other| other != first))
}

/// Whether a piece of a host is written with letters of another alphabet that are all drawn like Latin ones.
fn looks_latin(label: &str) -> bool {
    // Of Cyrillic and Greek, and of the rest what is seen in attacks.
    const TWINS: &str = "асԁеһіјӏорԛѕԝухуѵкмтвгпнЬΑοναρυικτγωхϲϳօհսոցզԍ";
    let mut letters = label.chars().filter(|letter| alphabet(*letter).is_some());
    let mut foreign = false;
    letters.all(|letter| {
        foreign |= alphabet(letter) != Some(Alphabet::Latin);
        TWINS.contains(letter)
    }) && foreign
}

/// The host that a text names, if it names another than the link goes to.
fn other_host(says: &str, host: &str, url: &Url) -> Option<String> {
    let word = says
        .split_whitespace()
        .find(|word| word.contains('.') || word.contains("://"))?;
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    if !word.contains('.') {
        return None;
    }
    let full = if word.contains("://") {
        word.to_owned()
    } else {
        format!("https://{word}")
    };
    let named = Url::parse(&full).ok()?;
    let named_host = named.host_str()?;
    let without = |host: &str| host.trim_start_matches("www.").to_lowercase();
    // "3.5" and "etc." are no hosts: one has a last piece of two letters or more.
    let last = named_host.rsplit('.').next().unwrap_or_default();
    if last.len() < 2 || !last.chars().all(char::is_alphabetic) && !last.starts_with("xn--") {
        return None;
    }
    let same = without(named_host) == without(url.host_str().unwrap_or_default());
    if same || without(word) == without(host) {
        return None;
    }
    Some(named(named_host, &mut Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(target: &str) -> Vec<Doubt> {
        examine(target, None).unwrap().doubts
    }

    #[test]
    fn look_alike_links() {
        // An а of Cyrillic among Latin letters; a whole word of Cyrillic twins; an honest accent; honest Russian.
        let mixed = examine("https://p\u{430}ypal.com/login", None).unwrap();
        assert_eq!(mixed.doubts.first(), Some(&Doubt::Mixed));
        assert!(mixed.is_grave());
        let twins = examine("https://\u{441}\u{430}\u{440}\u{435}.com/", None).unwrap();
        assert_eq!(twins.doubts.first(), Some(&Doubt::LooksLatin));
        let accent = examine("https://météo.fr/", None).unwrap();
        assert_eq!(accent.host, "météo.fr");
        assert_eq!(
            accent.doubts,
            [Doubt::Encoded("xn--mto-bmab.fr".to_owned())]
        );
        assert!(!accent.is_grave());
        let russian = examine("https://правда.рф/", None).unwrap();
        assert!(!russian.is_grave(), "{russian:?}");
        // The same, already encoded: it is shown as people read it.
        let encoded = examine("https://xn--pypal-4ve.com/", None).unwrap();
        assert_eq!(encoded.host, "p\u{430}ypal.com");
        assert!(encoded.is_grave());
    }

    #[test]
    fn tricks_with_the_host_are_seen() {
        let user = examine("https://bank.example@evil.example/", None).unwrap();
        assert_eq!(user.host, "evil.example");
        assert_eq!(user.doubts, [Doubt::User("bank.example".to_owned())]);
        assert_eq!(examine("http://192.0.2.7/", None).unwrap().host, "192.0.2.7");
        for number in ["http://192.0.2.7/", "http://3221225991/", "http://0xc0.0.2.7/", "http://[2001:db8::1]/"] {
            assert_eq!(doubts(number), [Doubt::Address, Doubt::Open], "{number}");
        }
        assert_eq!(doubts("https://a.example:8443/"), [Doubt::Port(8443)]);
        assert_eq!(doubts("https://a.example/"), []);
        assert_eq!(doubts("http://a.example/"), [Doubt::Open]);
        // Wide letters are what they look like.
        assert_eq!(examine("https://ａ.example/", None).unwrap().host, "a.example");
    }

    #[test]
    fn a_text_that_names_another_host_is_seen() {
        let says = |text: &str| {
            let found = examine("https://evil.example/x", Some(text)).unwrap();
            found.doubts.into_iter().next()
        };
        let bank = Some(Doubt::Says("bank.example".to_owned()));
        assert_eq!(says("https://bank.example/login"), bank);
        assert_eq!(says("see bank.example"), bank);
        assert_eq!(says("https://bank.example@evil.example"), None);
        for honest in ["click here", "version 3.5", "evil.example", "https://www.evil.example/y", "and so on..."] {
            assert_eq!(says(honest), None, "{honest}");
        }
    }

    #[test]
    fn only_web_pages_are_links() {
        for (target, kind) in [
            ("javascript:alert(1)", "javascript"),
            ("JaVaScRiPt:alert(1)", "javascript"),
            ("file:///etc/passwd", "file"),
            ("data:text/html,x", "data"),
            ("smb://host/share", "smb"),
            ("vscode://x", "vscode"),
            ("mailto:a@b.example", "mailto"),
        ] {
            assert_eq!(examine(target, None), Err(Refused::Kind(kind.to_owned())));
            assert!(!is_link(target));
        }
        for broken in ["", "x", "/etc/passwd", "https://", "//host/x", "C:\\x"] {
            assert!(examine(broken, None).is_err(), "{broken}");
        }
        assert!(is_link("lescopains:c/1/abc"));
        assert!(is_link("LesCopains:c/1/abc"));
    }
}
