//! What keeps a community in order, on the command line: its rules and names, who is silenced, whose it is, and who did what.

use clap::Subcommand;
use node::api::model::{
    AuditLine, ChannelChanges, Community, CommunityChanges, ConfirmRequest, NicknameChange,
    TakeRequest, TimeoutRequest, TransferRequest,
};

use super::Session;
use super::community::path;
use crate::cli::client::segment;
use crate::cli::{Failure, Outcome};

/// Communities, channels, roles and people are named as in the other verbs.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Moderation {
    /// Give a community another name, or a channel of it.
    Rename {
        /// Which community.
        community: String,
        /// The new name.
        name: String,
        /// Which channel of it.
        #[arg(long)]
        channel: Option<String>,
    },
    /// Say what a channel is about.
    Topic {
        /// In which community.
        community: String,
        /// Which channel.
        channel: String,
        /// What it is about.
        topic: String,
    },
    /// Make everybody in a channel wait between two messages, but those who keep order there.
    Slow {
        /// In which community.
        community: String,
        /// Which channel.
        channel: String,
        /// For how many seconds; 0 for not at all.
        seconds: u32,
    },
    /// Delete a channel.
    DeleteChannel {
        /// In which community.
        community: String,
        /// Which channel.
        channel: String,
    },
    /// Delete a role.
    DeleteRole {
        /// In which community.
        community: String,
        /// Which role.
        role: String,
    },
    /// End an invite: nobody comes in by it any more.
    EndInvite {
        /// Into which community.
        community: String,
        /// Its id: `community show --json` says it.
        invite: String,
    },
    /// Silence somebody for a while.
    Timeout {
        /// In which community.
        community: String,
        /// Whom.
        who: String,
        /// For how many seconds.
        seconds: u64,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Let somebody stay whose admission was undone.
    Confirm {
        /// In which community.
        community: String,
        /// Whom.
        who: String,
    },
    /// Be called something else in a community.
    Nickname {
        /// In which community.
        community: String,
        /// How; empty for your own name.
        name: String,
    },
    /// Offer a community of yours to another member. It is theirs once they take it.
    Transfer {
        /// Which community.
        community: String,
        /// To whom; to yourself takes an offer back.
        who: String,
    },
    /// Take a community that was offered to you.
    Take {
        /// Which community.
        community: String,
        /// Which offer, by its id: the newest, unless given.
        offer: Option<String>,
    },
    /// Who did what in a community, what does not count, and why.
    Audit {
        /// In which community.
        community: String,
        /// What was done before this, by its id.
        #[arg(long)]
        before: Option<String>,
    },
}

impl Session {
    /// Keeps a community in order.
    pub(super) fn keep_order(&self, what: Moderation) -> Outcome {
        match what {
            Moderation::Rename {
                community,
                name,
                channel,
            } => self.rename(&self.one(&community)?, name, channel.as_deref()),
            Moderation::Topic {
                community,
                channel,
                topic,
            } => {
                let changes = ChannelChanges {
                    topic: Some(topic),
                    ..ChannelChanges::default()
                };
                self.change_channel(&self.one(&community)?, &channel, &changes)
            }
            Moderation::Slow {
                community,
                channel,
                seconds,
            } => {
                let changes = ChannelChanges {
                    slow_mode_s: Some(seconds),
                    ..ChannelChanges::default()
                };
                self.change_channel(&self.one(&community)?, &channel, &changes)
            }
            Moderation::DeleteChannel { community, channel } => {
                let community = self.one(&community)?;
                let channel = self.channel_of(&community, &channel)?;
                self.delete(&community, &format!("/channels/{channel}"))
            }
            Moderation::DeleteRole { community, role } => {
                let community = self.one(&community)?;
                let role = self.role(&community, &role)?;
                self.delete(&community, &format!("/roles/{role}"))
            }
            Moderation::EndInvite { community, invite } => {
                let community = self.one(&community)?;
                let invites = community.invites.iter();
                let invite = self.meant(&invite, invites.map(|one| (&one.id, &one.note)))?;
                self.delete(&community, &format!("/invites/{invite}"))
            }
            of_people => self.with_people(of_people),
        }
    }

    /// What is about somebody, or about what all did.
    fn with_people(&self, what: Moderation) -> Outcome {
        match what {
            Moderation::Timeout {
                community,
                who,
                seconds: lasts_s,
                reason,
            } => {
                let community = self.one(&community)?;
                let rest = format!("/members/{}/timeout", self.member(&community, &who)?);
                let request = TimeoutRequest { lasts_s, reason };
                self.make("POST", &path(&community, &rest), Some(&request))
            }
            Moderation::Confirm { community, who } => {
                let community = self.one(&community)?;
                let accounts = vec![self.member(&community, &who)?];
                let request = ConfirmRequest { accounts };
                self.make("POST", &path(&community, "/confirm"), Some(&request))
            }
            Moderation::Nickname { community, name } => {
                let path = path(&self.one(&community)?, "/nickname");
                self.make("PUT", &path, Some(&NicknameChange { name }))
            }
            Moderation::Transfer { community, who } => {
                let community = self.one(&community)?;
                let to = self.member(&community, &who)?;
                let request = TransferRequest { to };
                self.make("POST", &path(&community, "/transfer"), Some(&request))
            }
            Moderation::Take { community, offer } => self.take(&self.one(&community)?, offer),
            Moderation::Audit { community, before } => {
                let community = self.one(&community)?;
                let before = before.map(|id| format!("?before={}", segment(&id)));
                let path = path(&community, &format!("/audit{}", before.unwrap_or_default()));
                self.fetch(&path, |show, all: &Vec<AuditLine>| {
                    show.audit(all, &community)
                })
            }
            _of_things => Ok(()),
        }
    }

    fn rename(&self, community: &Community, name: String, channel: Option<&str>) -> Outcome {
        let name = Some(name);
        match channel {
            Some(channel) => {
                let changes = ChannelChanges {
                    name,
                    ..ChannelChanges::default()
                };
                self.change_channel(community, channel, &changes)
            }
            None => {
                let changes = CommunityChanges {
                    name,
                    ..CommunityChanges::default()
                };
                self.make("PATCH", &path(community, ""), Some(&changes))
            }
        }
    }

    /// Changes a channel.
    pub(super) fn change_channel(
        &self,
        community: &Community,
        channel: &str,
        changes: &ChannelChanges,
    ) -> Outcome {
        let channel = self.channel_of(community, channel)?;
        let path = path(community, &format!("/channels/{channel}"));
        self.make("PATCH", &path, Some(changes))
    }

    /// The channel of a community that a person means.
    pub(super) fn channel_of(&self, community: &Community, text: &str) -> Result<String, Failure> {
        let channels = community.channels.iter();
        self.meant(text, channels.map(|one| (&one.id, &one.name)))
    }

    fn delete(&self, community: &Community, rest: &str) -> Outcome {
        self.make("DELETE", &path(community, rest), None::<&()>)
    }

    /// Takes an offer: the one that stands and is to this account, unless it is named.
    fn take(&self, community: &Community, offer: Option<String>) -> Outcome {
        let transfer = match offer {
            Some(offer) => offer,
            None => {
                let me: node::api::model::Me = self.client.get("/v1/me")?;
                let offer = community.offer.as_ref();
                let own = offer.filter(|offer| offer.to == me.account);
                own.map(|offer| offer.id.clone())
                    .ok_or_else(|| Failure::new(self.language.no_offer()))?
            }
        };
        let request = TakeRequest { transfer };
        self.make("POST", &path(community, "/accept"), Some(&request))
    }
}
