//! Communities and their channels on the command line.

use node::api::model::{
    BanRequest, Channel, ChannelChanges, ChannelPurpose, ChannelUnread, Community,
    CommunityChanges, JoinRequest, KickRequest, Made, MadeFork, MadeInvite, MarkRead, Member,
    Mention, MessagePage, NewChannelMessage, NewCommunity, NewFork, NewGroup, NewInvite, NewReport,
    ReportPage,
};
use serde::Serialize;

use super::Session;
use super::verbs::{Ctl, Doing, Past};
use crate::cli::client::segment;
use crate::cli::{Failure, Outcome, say};

/// Characters of an id that must be given at least.
const BEGINNING: usize = 4;

impl Session {
    pub(super) fn communities(&self) -> Outcome {
        self.fetch("/v1/communities", |show, all: &Vec<Community>| {
            show.communities(all)
        })
    }

    /// Does something in a community.
    pub(super) fn community(&self, doing: Doing) -> Outcome {
        match doing {
            Doing::Furnish(what) => self.furnish(what),
            Doing::KeepOrder(what) => self.keep_order(what),
            Doing::Show { community } => {
                let path = path(&self.one(&community)?, "");
                self.fetch(&path, |show, one: &Community| show.community(one))
            }
            Doing::Found { name, past, admit } => {
                let new = NewCommunity {
                    name,
                    history: past.0,
                    admit: admit.into(),
                };
                self.make("POST", "/v1/communities", Some(&new))
            }
            Doing::Join { link } => {
                let request = JoinRequest { link };
                self.make("POST", "/v1/communities/join", Some(&request))
            }
            Doing::Leave { community } => {
                self.ask("DELETE", &path(&self.one(&community)?, ""), None::<&()>)
            }
            Doing::Invite {
                community,
                uses,
                lasts_s,
                roles,
                note,
            } => {
                let community = self.one(&community)?;
                let roles = roles.iter().map(|text| self.role(&community, text));
                let new = NewInvite {
                    uses: Some(uses),
                    lasts_s,
                    roles: roles.collect::<Result<_, _>>()?,
                    note,
                };
                self.invite(&path(&community, "/invites"), &new)
            }
            of_people => self.moderate(of_people),
        }
    }

    /// Sets what new members may read.
    fn past(&self, community: &str, rule: Past, channel: Option<&str>) -> Outcome {
        let community = self.one(community)?;
        let Some(channel) = channel else {
            let changes = CommunityChanges {
                history: Some(rule.0),
                ..CommunityChanges::default()
            };
            return self.make("PATCH", &path(&community, ""), Some(&changes));
        };
        let changes = ChannelChanges {
            history: Some(Some(rule.0)),
            ..ChannelChanges::default()
        };
        self.change_channel(&community, channel, &changes)
    }

    /// Does something with somebody in a community, or with its rules.
    fn moderate(&self, doing: Doing) -> Outcome {
        match doing {
            Doing::Group { name, people } => {
                let people = people.iter().map(|who| self.account(who));
                let people = people.collect::<Result<_, _>>()?;
                let new = NewGroup { name, people };
                self.make("POST", "/v1/groups", Some(&new))
            }
            Doing::Past {
                community,
                rule,
                channel,
            } => self.past(&community, rule, channel.as_deref()),
            Doing::Assign {
                community,
                who,
                role,
                off,
            } => {
                let community = self.one(&community)?;
                let role = self.role(&community, &role)?;
                let who = self.member(&community, &who)?;
                let rest = format!("/members/{who}/roles/{role}");
                let method = if off { "DELETE" } else { "PUT" };
                self.make(method, &path(&community, &rest), None::<&()>)
            }
            Doing::Kick {
                community,
                who,
                reason,
                keep_invites,
            } => {
                let community = self.one(&community)?;
                let rest = format!("/members/{}/kick", self.member(&community, &who)?);
                let invites = !keep_invites;
                let request = KickRequest { reason, invites };
                self.make("POST", &path(&community, &rest), Some(&request))
            }
            Doing::Ban {
                community,
                who,
                lasts_s,
                reason,
                keep_invites,
            } => {
                let community = self.one(&community)?;
                let rest = format!("/members/{}/ban", self.member(&community, &who)?);
                let request = BanRequest {
                    reason,
                    lasts_s,
                    invites: !keep_invites,
                };
                self.make("POST", &path(&community, &rest), Some(&request))
            }
            Doing::Unban { community, who } => {
                let community = self.one(&community)?;
                let rest = format!("/bans/{}", self.member(&community, &who)?);
                self.make("DELETE", &path(&community, &rest), None::<&()>)
            }
            of_wholes => self.whole(of_wholes),
        }
    }

    /// Founds a community from another, and shows the link of its invite.
    fn fork(&self, community: &str, key: Option<&str>, new: &NewFork) -> Outcome {
        let path = path(&self.one(community)?, "/fork");
        let made: Option<MadeFork> = self.client.call("POST", &path, key, Some(new))?;
        match made {
            Some(made) if self.json => self.say_json(&made),
            Some(made) => {
                say(&made.id)?;
                say(made.link.unwrap_or(made.invite))
            }
            None => say(self.language.done()),
        }
    }

    /// Does something with a whole community, or about what was reported in it.
    fn whole(&self, doing: Doing) -> Outcome {
        match doing {
            Doing::Unread { community } => {
                let community = self.one(&community)?;
                let path = path(&community, "/unread");
                self.fetch(&path, |show, all: &Vec<ChannelUnread>| {
                    show.unread(all, &community)
                })
            }
            Doing::Reports { community } => {
                let path = path(&self.one(&community)?, "/reports");
                let names = self.names()?;
                self.fetch(&path, |show, page: &ReportPage| show.reports(page, &names))
            }
            Doing::Resolve { community, report } => {
                let rest = format!("/reports/{}/resolve", segment(&report));
                let path = path(&self.one(&community)?, &rest);
                self.ask("POST", &path, None::<&()>)
            }
            Doing::Fork {
                community,
                name,
                ask,
                with_powers,
                trimmed,
                key,
            } => {
                let ask = ask.iter().map(|who| self.account(who));
                let new = NewFork {
                    name,
                    ask: ask.collect::<Result<_, _>>()?,
                    with_powers,
                    trimmed,
                };
                self.fork(&community, key.as_deref(), &new)
            }
            _of_things => Ok(()),
        }
    }

    /// Carries out what happens in a channel.
    pub(super) fn converse_in_a_channel(&self, command: Ctl) -> Outcome {
        match command {
            Ctl::Say {
                channel,
                text,
                reply_to,
                thread,
                mention,
                key,
            } => {
                let (community, channel) = self.channel(&channel)?;
                let message = NewChannelMessage {
                    body: text,
                    reply_to,
                    thread,
                    mentions: self.mentions(&community, &mention)?,
                };
                let path = format!("/v1/channels/{channel}/messages");
                self.write("POST", &path, key.as_deref(), Some(&message))
            }
            Ctl::Read {
                channel,
                limit,
                before,
                thread,
            } => self.read(&channel, limit, (before.as_deref(), thread.as_deref())),
            Ctl::Pins { channel } => self.pins(&channel),
            Ctl::In { channel, key, what } => self.with_message(&channel, what, key.as_deref()),
            Ctl::MarkRead { channel, message } => {
                let (_, channel) = self.channel(&channel)?;
                let path = format!("/v1/channels/{channel}/read");
                let mark = MarkRead { up_to: message };
                self.ask("PUT", &path, Some(&mark))
            }
            Ctl::Report {
                channel,
                messages,
                reason,
                key,
            } => {
                let (_, channel) = self.channel(&channel)?;
                let path = format!("/v1/channels/{channel}/reports");
                let report = NewReport { messages, reason };
                self.write("POST", &path, key.as_deref(), Some(&report))
            }
            _ => Ok(()),
        }
    }

    /// Whom a message is to be noticed by.
    fn mentions(&self, community: &Community, all: &[String]) -> Result<Vec<Mention>, Failure> {
        let mention = |text: &String| {
            if text == "everyone" {
                return Ok(Mention::Everyone);
            }
            let roles = community.roles.iter().map(|one| (&one.id, &one.name));
            let members = community.members.iter();
            let members = members.filter_map(|one| Some((&one.account, one.nickname.as_ref()?)));
            let id = match text.parse::<protocol::identity::AccountId>() {
                Ok(_account) => text.clone(),
                Err(_name) => self.meant(text, roles.chain(members))?,
            };
            let is_role = community.roles.iter().any(|one| one.id == id);
            let mention = if is_role {
                Mention::Role
            } else {
                Mention::Account
            };
            Ok(mention(id))
        };
        all.iter().map(mention).collect()
    }

    /// Shows a page of a channel.
    fn read(
        &self,
        channel: &str,
        limit: usize,
        (before, thread): (Option<&str>, Option<&str>),
    ) -> Outcome {
        let (_community, channel) = self.channel(channel)?;
        let before = before.map(|place| format!("&before={}", segment(place)));
        let which = match thread {
            Some(root) => format!("threads/{}", segment(root)),
            None => "messages".to_owned(),
        };
        let path = format!(
            "/v1/channels/{channel}/{which}?limit={limit}{}",
            before.unwrap_or_default()
        );
        let names = self.names()?;
        self.fetch(&path, |show, page: &MessagePage| show.page(page, &names))
    }

    /// Shows what is pinned in a channel.
    fn pins(&self, channel: &str) -> Outcome {
        let (_community, channel) = self.channel(channel)?;
        let path = format!("/v1/channels/{channel}/pins");
        let names = self.names()?;
        self.fetch(&path, |show, page: &MessagePage| show.page(page, &names))
    }

    /// Has something made and shows its id.
    pub(super) fn make(&self, method: &str, path: &str, body: Option<&impl Serialize>) -> Outcome {
        let made: Option<Made> = self.client.call(method, path, None, body)?;
        match made {
            Some(made) if self.json => self.say_json(&made),
            Some(made) => say(made.id),
            None => say(self.language.done()),
        }
    }

    /// Has an invite made and shows its link.
    fn invite(&self, path: &str, new: &NewInvite) -> Outcome {
        let made: Option<MadeInvite> = self.client.call("POST", path, None, Some(new))?;
        match made {
            Some(made) if self.json => self.say_json(&made),
            Some(made) => say(made.link.unwrap_or(made.id)),
            None => say(self.language.done()),
        }
    }

    /// The community that a person means.
    pub(super) fn one(&self, text: &str) -> Result<Community, Failure> {
        let all: Vec<Community> = self.client.get("/v1/communities")?;
        let id = self.meant(text, all.iter().map(|one| (&one.id, &one.name)))?;
        let mut all = all.into_iter();
        all.find(|one| one.id == id)
            .ok_or_else(|| Failure::new(self.language.nothing_called(text)))
    }

    /// The channel that a person means, with its community. A name may hold a slash: as a whole it comes first.
    pub(super) fn channel(&self, text: &str) -> Result<(Community, String), Failure> {
        let all: Vec<Community> = self.client.get("/v1/communities")?;
        let parts = if all.iter().any(|one| has_channel(one, text)) {
            None
        } else {
            parted(text, |of| {
                let called = all.iter().filter(|one| fits(of, &one.id, &one.name));
                called.count()
            })
        };
        let (all, name) = match parts {
            Some((of, name)) => (vec![self.one(of)?], name),
            None => (all, text),
        };
        let channels = all.iter().flat_map(places_to_speak);
        let id = self.meant(name, channels.map(|channel| (&channel.id, &channel.name)))?;
        let has = |one: &Community| one.channels.iter().any(|channel| channel.id == id);
        let community = all.into_iter().find(has);
        let community =
            community.ok_or_else(|| Failure::new(self.language.nothing_called(text)))?;
        Ok((community, id))
    }

    /// The member that a person means.
    pub(super) fn member(&self, community: &Community, text: &str) -> Result<String, Failure> {
        if text.parse::<protocol::identity::AccountId>().is_ok() {
            return Ok(text.to_owned());
        }
        let nothing = String::new();
        let known = community.members.iter();
        let known = known.map(|member: &Member| {
            let name = member.nickname.as_ref().unwrap_or(&nothing);
            (&member.account, name)
        });
        self.meant(text, known)
    }

    /// The one thing of this id, beginning of an id, or name.
    pub(super) fn meant<'a>(
        &self,
        text: &str,
        known: impl Iterator<Item = (&'a String, &'a String)>,
    ) -> Result<String, Failure> {
        let mut meant: Vec<_> = known
            .filter(|(id, name)| fits(text, id, name))
            .map(|(id, _)| id)
            .collect();
        meant.sort();
        meant.dedup();
        match meant.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(Failure::new(self.language.nothing_called(text))),
            _ => Err(Failure::new(self.language.several_called(text))),
        }
    }
}

/// A community and a channel of it, as `one/other`: where the first part means one community, or, if none does, several.
fn parted(text: &str, meant: impl Fn(&str) -> usize) -> Option<(&str, &str)> {
    let slashes = text.match_indices('/');
    let parts = slashes
        .filter_map(|(at, slash)| Some((text.get(..at)?, text.get(at..)?.strip_prefix(slash)?)));
    let one = parts.clone().find(|(of, _)| meant(of) == 1);
    one.or_else(|| parts.clone().find(|(of, _)| meant(of) > 1))
}

/// Whether somebody who writes this means what is called so.
fn fits(text: &str, id: &str, name: &str) -> bool {
    name == text || (text.len() >= BEGINNING && id.starts_with(text))
}

pub(super) fn path(community: &Community, rest: &str) -> String {
    format!("/v1/communities/{}{rest}", community.id)
}

/// Its channels but the headings over them.
fn places_to_speak(community: &Community) -> impl Iterator<Item = &Channel> {
    let channels = community.channels.iter();
    channels.filter(|channel| channel.kind != ChannelPurpose::Category)
}

fn has_channel(community: &Community, name: &str) -> bool {
    places_to_speak(community).any(|channel| channel.name == name)
}

#[cfg(test)]
mod tests {
    use super::parted;

    #[test]
    fn a_channel_is_named_behind_its_community_and_both_names_may_hold_slashes() {
        let known =
            |all: &'static [&str]| move |of: &str| all.iter().filter(|name| **name == of).count();
        assert_eq!(parted("lan/news", known(&["lan"])), Some(("lan", "news")));
        assert_eq!(parted("lan/a/b", known(&["lan"])), Some(("lan", "a/b")));
        assert_eq!(parted("a/b/c", known(&["a/b"])), Some(("a/b", "c")));
        // Of several of one name nobody knows which is meant, and the person hears that; unless a longer name is one.
        assert_eq!(
            parted("lan/news", known(&["lan", "lan"])),
            Some(("lan", "news"))
        );
        assert_eq!(
            parted("a/b/c", known(&["a", "a", "a/b"])),
            Some(("a/b", "c"))
        );
        assert_eq!(parted("lan/news", known(&["other"])), None);
        assert_eq!(parted("news", known(&["news"])), None);
    }
}
