//! What was done in a community, for people to read: by whom, how long ago, and why something does not count.

use std::collections::BTreeMap;

use node::api::model::{AuditLine, Community};

use super::{Show, age, clean, named};
use crate::cli::{Outcome, say};

impl Show {
    /// The newest first; what does not count says why.
    pub(in crate::cli) fn audit(&self, all: &[AuditLine], community: &Community) -> Outcome {
        let things = things(all, community);
        all.iter().try_for_each(|line| {
            let whom = line.who.iter().map(|who| named(&community.members, who));
            let about = line.about.iter().map(|id| {
                let known = things.get(id.as_str());
                known.map_or_else(|| super::short(id), |name| clean(name))
            });
            let words = [&line.name, &line.reason].into_iter().flatten();
            let words = whom.chain(about).chain(words.map(|text| clean(text)));
            let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
            let why = line.why.as_deref().unwrap_or(&line.fate);
            let fate = if line.fate == "valid" {
                String::new()
            } else {
                format!("  ({})", self.language.undone(why))
            };
            let said = format!(
                "{}  {}  {}  {} {}{fate}",
                line.id,
                age(line.at_ms),
                named(&community.members, &line.author),
                line.kind,
                words.join(" ")
            );
            say(said.trim_end())
        })?;
        if all.len() >= protocol::limits::AUDIT_SHOWN_MAX {
            say(self.language.older_not_shown())?;
        }
        Ok(())
    }
}

/// Names of what is or was there, by id: what is gone bears the name with which it was made.
fn things<'a>(all: &'a [AuditLine], community: &'a Community) -> BTreeMap<&'a str, &'a str> {
    let made = all
        .iter()
        .filter_map(|line| Some((line.id.as_str(), line.name.as_deref()?)));
    let channels = community.channels.iter();
    let channels = channels.map(|one| (one.id.as_str(), one.name.as_str()));
    let roles = community.roles.iter();
    let roles = roles.map(|one| (one.id.as_str(), one.name.as_str()));
    made.chain(channels).chain(roles).collect()
}
