//! What people are called, for whoever reads along: as a contact is called here, or as a member goes by in a community.

use std::collections::BTreeMap;

use node::api::model::{Community, Contact, Happening, Me, Mention, Note, NoteKind};

use super::{clean, named, short};

/// Names as they were told last.
pub(in crate::cli) struct Names {
    own: String,
    /// What the person calls others, whatever those call themselves.
    petnames: BTreeMap<String, String>,
    contacts: BTreeMap<String, String>,
    communities: BTreeMap<String, Community>,
}

impl Names {
    /// Names of the own account, of contacts, and of members of communities.
    pub(in crate::cli) fn new(
        me: Me,
        contacts: Vec<Contact>,
        notes: Vec<Note>,
        communities: Vec<Community>,
    ) -> Self {
        let contacts = contacts.into_iter().map(|one| (one.account, one.name));
        let contacts = contacts.chain([(me.account.clone(), me.name)]);
        let communities = communities.into_iter().map(|one| (one.id.clone(), one));
        let petnames = notes
            .into_iter()
            .filter(|one| one.note == NoteKind::Petname);
        Self {
            own: me.account,
            petnames: petnames.map(|one| (one.account, one.text)).collect(),
            contacts: contacts.collect(),
            communities: communities.collect(),
        }
    }

    /// Takes from an event what it says of names.
    pub(in crate::cli) fn learn(&mut self, happening: &Happening) {
        match happening {
            Happening::Me { name, .. } => {
                self.contacts.insert(self.own.clone(), name.clone());
            }
            Happening::Contact { contact } => {
                let (account, name) = (contact.account.clone(), contact.name.clone());
                self.contacts.insert(account, name);
            }
            Happening::ContactRemoved { account } => {
                self.contacts.remove(account);
            }
            Happening::Note { note } if note.note == NoteKind::Petname => {
                let (account, name) = (note.account.clone(), note.text.clone());
                self.petnames.insert(account, name);
            }
            Happening::Community { community } => {
                let id = community.id.clone();
                self.communities.insert(id, (**community).clone());
            }
            _nothing_about_names => {}
        }
    }

    /// What somebody is called: by the person, or else in this community, as a contact, or in any community; at last by the
    /// beginning of their account.
    pub(in crate::cli) fn of(&self, community: Option<&str>, account: &str) -> String {
        let petname = self.petnames.get(account).filter(|name| !name.is_empty());
        if let Some(petname) = petname {
            return clean(petname);
        }
        let here = community.and_then(|id| self.communities.get(id));
        let here = here.filter(|one| one.members.iter().any(|member| member.account == account));
        if let Some(here) = here {
            return named(&here.members, account);
        }
        if let Some(name) = self.contacts.get(account).filter(|name| !name.is_empty()) {
            return clean(name);
        }
        let mut elsewhere = self.communities.values().map(|one| &one.members);
        let known = elsewhere.find(|all| all.iter().any(|member| member.account == account));
        known.map_or_else(|| short(account), |all| named(all, account))
    }

    /// What a conversation is called: a channel with its community, or the contact.
    pub(in crate::cli) fn conversation(&self, community: Option<&str>, id: &str) -> String {
        let Some(community) = community else {
            return self.of(None, id);
        };
        let within = self.communities.get(community);
        let channel = within.and_then(|one| one.channels.iter().find(|one| one.id == id));
        match (within, channel) {
            (Some(within), Some(channel)) => {
                format!("{} #{}", clean(&within.name), clean(&channel.name))
            }
            _ => short(id),
        }
    }

    /// Whom a message of this community is to be noticed by.
    pub(in crate::cli) fn mention(&self, community: Option<&str>, mention: &Mention) -> String {
        let called = match mention {
            Mention::Everyone => "everyone".to_owned(),
            Mention::Account(account) => self.of(community, account),
            Mention::Role(id) => {
                let within = community.and_then(|id| self.communities.get(id));
                let mut roles = within.iter().flat_map(|one| &one.roles);
                let role = roles.find(|role| role.id == *id);
                role.map_or_else(|| short(id), |role| clean(&role.name))
            }
        };
        format!("@{called}")
    }
}
