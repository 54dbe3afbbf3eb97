//! Contacts see each other as contacts, with the same six words.

use protocol::turn::ContactStanding;

use super::{Checker, End, device_pairs};

/// Compares screens.
#[derive(Debug)]
pub struct Words;

impl Checker for Words {
    fn name(&self) -> &'static str {
        "words"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        for (i, first, j, second) in device_pairs(end) {
            let theirs = first.screen.contacts.get(&second.account);
            let ours = second.screen.contacts.get(&first.account);
            let (Some(theirs), Some(ours)) = (theirs, ours) else {
                return Err(format!("d{i} and d{j} do not both show each other"));
            };
            let accepted = ContactStanding::Accepted;
            if theirs.standing != accepted || ours.standing != accepted {
                let standings = (theirs.standing, ours.standing);
                return Err(format!("d{i} and d{j} stand at {standings:?}"));
            }
            if theirs.words.is_none() || theirs.words != ours.words {
                let words = (theirs.words, ours.words);
                return Err(format!("d{i} and d{j} see different words: {words:?}"));
            }
        }
        Ok(())
    }
}
