//! What stands in a community, on the command line: its picture and rules, channels and categories, roles, and what roles may
//! do where.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use data_encoding::BASE64;
use node::api::model::{
    AdmitRule, ChannelChanges, ChannelPurpose, ChannelScope, Community, CommunityChanges, NewPlace,
    NewRole, OverwriteRule, RoleChanges,
};

use super::Session;
use super::community::path;
use crate::cli::{Failure, Outcome, attach};

/// The role that everybody has, as it is called on the command line and by the API.
const EVERYONE: &str = "everyone";

/// Communities, channels, roles and people are named as in the other verbs; `everyone` is the role that all have.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Furniture {
    /// Give a community a picture: PNG, JPEG or WebP of at most 6 KiB.
    Icon {
        /// Which community.
        community: String,
        /// The file.
        #[arg(required_unless_present = "off")]
        file: Option<PathBuf>,
        /// Take its picture away.
        #[arg(long, conflicts_with = "file")]
        off: bool,
    },
    /// Say what a community is about.
    About {
        /// Which community.
        community: String,
        /// What it is about.
        topic: String,
    },
    /// Say who may let people in with an invite.
    Admit {
        /// Into which community.
        community: String,
        /// Every member, or those whose roles say so.
        who: Admitting,
    },
    /// Make a channel.
    Channel {
        /// In which community.
        community: String,
        /// Its name.
        name: String,
        /// What for.
        #[arg(long, value_enum, default_value_t = Purpose::Text)]
        kind: Purpose,
        /// The category that it stands under.
        #[arg(long)]
        under: Option<String>,
        /// Only for those who hold a role that is named here, and administrators.
        #[arg(long)]
        private: bool,
        /// A role for whose holders it is, by name or id; may be repeated.
        #[arg(long = "role", requires = "private")]
        roles: Vec<String>,
    },
    /// Put a channel elsewhere.
    Move {
        /// In which community.
        community: String,
        /// Which channel.
        channel: String,
        /// Under this category.
        #[arg(long)]
        under: Option<String>,
        /// Under no category.
        #[arg(long, conflicts_with = "under")]
        out: bool,
        /// Its place among its siblings, from 0.
        #[arg(long, required_unless_present_any = ["under", "out"])]
        place: Option<u16>,
    },
    /// Close a channel to everyone whom no role lets in, a category with all under it; or open it to all.
    Scope {
        /// In which community.
        community: String,
        /// Which channel.
        channel: String,
        /// For whom it is.
        scope: Whose,
    },
    /// Say what a role may do in a channel other than elsewhere. What is not named stays as it was there; without any, all
    /// is as elsewhere again.
    Permit {
        /// In which community.
        community: String,
        /// Which channel.
        channel: String,
        /// Which role, or `everyone`.
        role: String,
        /// A permission that it gets there, such as `view` or `send`; may be repeated.
        #[arg(long)]
        allow: Vec<String>,
        /// A permission that it loses there; may be repeated.
        #[arg(long)]
        deny: Vec<String>,
    },
    /// Make a role.
    Role {
        /// In which community.
        community: String,
        /// Its name.
        name: String,
        /// Where it stands, 1 to 10,000.
        position: u16,
        /// What it allows, such as `kick` or `manage-channels`; may be repeated.
        #[arg(long = "bit")]
        bits: Vec<String>,
        /// Its colour, as `#rrggbb`.
        #[arg(long)]
        colour: Option<String>,
    },
    /// Change a role. Where it stands and the power that it gives never change: make another role.
    ChangeRole {
        /// In which community.
        community: String,
        /// Which role, or `everyone`.
        role: String,
        /// Another name.
        #[arg(long)]
        name: Option<String>,
        /// Another colour, as `#rrggbb`.
        #[arg(long)]
        colour: Option<String>,
        /// What use it allows from now on, and nothing else; may be repeated.
        #[arg(long = "bit")]
        bits: Vec<String>,
        /// It allows no use.
        #[arg(long, conflicts_with = "bits")]
        no_bits: bool,
    },
}

/// What a channel is for, as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Purpose {
    Text,
    Voice,
    Category,
}

/// For whom a channel is, as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Whose {
    Public,
    Private,
}

/// Who lets people in, as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Admitting {
    Everyone,
    Chosen,
}

impl From<Admitting> for AdmitRule {
    fn from(typed: Admitting) -> Self {
        match typed {
            Admitting::Everyone => Self::Everyone,
            Admitting::Chosen => Self::Chosen,
        }
    }
}

impl From<Whose> for ChannelScope {
    fn from(typed: Whose) -> Self {
        match typed {
            Whose::Public => Self::Public,
            Whose::Private => Self::Private,
        }
    }
}

impl From<Purpose> for ChannelPurpose {
    fn from(typed: Purpose) -> Self {
        match typed {
            Purpose::Text => Self::Text,
            Purpose::Voice => Self::Voice,
            Purpose::Category => Self::Category,
        }
    }
}

impl Session {
    /// Makes or changes what stands in a community.
    pub(super) fn furnish(&self, what: Furniture) -> Outcome {
        match what {
            Furniture::Icon {
                community, file, ..
            } => self.icon(&self.one(&community)?, file.as_deref()),
            Furniture::About { community, topic } => {
                let changes = CommunityChanges {
                    topic: Some(topic),
                    ..CommunityChanges::default()
                };
                self.change(&self.one(&community)?, &changes)
            }
            Furniture::Admit { community, who } => {
                let changes = CommunityChanges {
                    admit: Some(who.into()),
                    ..CommunityChanges::default()
                };
                self.change(&self.one(&community)?, &changes)
            }
            Furniture::Role {
                community,
                name,
                position,
                bits,
                colour,
            } => {
                let new = NewRole {
                    name,
                    colour,
                    position,
                    bits,
                };
                let path = path(&self.one(&community)?, "/roles");
                self.make("POST", &path, Some(&new))
            }
            Furniture::ChangeRole {
                community,
                role,
                name,
                colour,
                bits,
                no_bits,
            } => {
                let bits = (no_bits || !bits.is_empty()).then_some(bits);
                let changes = RoleChanges { name, colour, bits };
                let community = self.one(&community)?;
                let rest = format!("/roles/{}", self.role(&community, &role)?);
                self.make("PATCH", &path(&community, &rest), Some(&changes))
            }
            of_channels => self.furnish_channels(of_channels),
        }
    }

    /// Makes or changes a channel.
    fn furnish_channels(&self, what: Furniture) -> Outcome {
        match what {
            Furniture::Channel {
                community,
                name,
                kind,
                under,
                private,
                roles,
            } => {
                let community = self.one(&community)?;
                let under = under.map(|text| self.channel_of(&community, &text));
                let new = NewPlace {
                    name,
                    kind: kind.into(),
                    parent: under.transpose()?,
                    ..self.place_for(&community, private, &roles)?
                };
                self.make("POST", &path(&community, "/channels"), Some(&new))
            }
            Furniture::Move {
                community,
                channel,
                under,
                out,
                place,
            } => {
                let community = self.one(&community)?;
                let under = under.map(|text| self.channel_of(&community, &text));
                let under = under.transpose()?;
                let changes = ChannelChanges {
                    parent: (out || under.is_some()).then_some(under),
                    place,
                    ..ChannelChanges::default()
                };
                self.change_channel(&community, &channel, &changes)
            }
            Furniture::Scope {
                community,
                channel,
                scope,
            } => {
                let community = self.one(&community)?;
                self.scope(&community, &channel, scope.into())
            }
            Furniture::Permit {
                community,
                channel,
                role,
                allow,
                deny,
            } => {
                let community = self.one(&community)?;
                let role = self.role(&community, &role)?;
                let said = OverwriteRule { role, allow, deny };
                self.permit(&community, &channel, said)
            }
            _of_wholes => Ok(()),
        }
    }

    /// Says what a role may do in a channel, beside what is said of it there already.
    fn permit(&self, community: &Community, channel: &str, said: OverwriteRule) -> Outcome {
        let id = self.channel_of(community, channel)?;
        let channels = community.channels.iter();
        let stood = channels
            .filter(|one| one.id == id)
            .flat_map(|one| &one.overwrites)
            .find(|one| one.role == said.role);
        let rule = match stood {
            Some(stood) if !(said.allow.is_empty() && said.deny.is_empty()) => {
                let keep = |bits: &[String], other: &[String], new: &[String]| {
                    let bits = bits.iter().filter(|bit| !other.contains(bit));
                    let bits = bits.filter(|bit| !new.contains(bit));
                    bits.chain(new).cloned().collect::<Vec<String>>()
                };
                OverwriteRule {
                    allow: keep(&stood.allow, &said.deny, &said.allow),
                    deny: keep(&stood.deny, &said.allow, &said.deny),
                    role: said.role,
                }
            }
            _ => said,
        };
        let changes = ChannelChanges {
            overwrites: vec![rule],
            ..ChannelChanges::default()
        };
        self.change_channel(community, channel, &changes)
    }

    /// Opens a channel, or closes it with all that stands under it. What is closed by itself stays so when its category opens.
    fn scope(&self, community: &Community, channel: &str, scope: ChannelScope) -> Outcome {
        let mut all = vec![self.channel_of(community, channel)?];
        let mut next = 0;
        while let Some(over) = all.get(next).cloned() {
            next += 1;
            let channels = community.channels.iter();
            let within = channels.filter(|one| one.parent.as_deref() == Some(&over));
            let within = within.filter(|_one| scope == ChannelScope::Private);
            let within: Vec<String> = within.map(|one| one.id.clone()).collect();
            let new = within.into_iter().filter(|one| !all.contains(one));
            let new: Vec<String> = new.collect();
            all.extend(new);
        }
        let changes = ChannelChanges {
            scope: Some(scope),
            ..ChannelChanges::default()
        };
        // One that may not be closed keeps none of the others open.
        let is_so = |id: &String| {
            let mut channels = community.channels.iter();
            channels.any(|one| one.id == *id && one.scope == scope)
        };
        let others = all.iter().skip(1).filter(|one| !is_so(one));
        let each = all.iter().take(1).chain(others);
        let each = each.map(|one| self.change_channel(community, one, &changes));
        let outcomes: Vec<Outcome> = each.collect();
        outcomes.into_iter().collect()
    }

    fn change(&self, community: &Community, changes: &CommunityChanges) -> Outcome {
        self.make("PATCH", &path(community, ""), Some(changes))
    }

    /// Gives a community the picture in a file, or none.
    fn icon(&self, community: &Community, file: Option<&Path>) -> Outcome {
        let most = protocol::limits::ICON_BYTES_MAX;
        let bytes = file.map(|file| attach::bytes(file, most, self.language));
        let changes = CommunityChanges {
            icon: Some(bytes.transpose()?.map(|bytes| BASE64.encode(&bytes))),
            ..CommunityChanges::default()
        };
        self.change(community, &changes)
    }

    /// For whom a new channel is: for all, or for holders of these roles.
    fn place_for(
        &self,
        community: &Community,
        private: bool,
        roles: &[String],
    ) -> Result<NewPlace, Failure> {
        let opens = |text: &String| {
            Ok(OverwriteRule {
                role: self.role(community, text)?,
                allow: vec!["view".to_owned()],
                deny: Vec::new(),
            })
        };
        let overwrites: Result<Vec<OverwriteRule>, Failure> = roles.iter().map(opens).collect();
        let scope = if private {
            ChannelScope::Private
        } else {
            ChannelScope::Public
        };
        Ok(NewPlace {
            scope,
            overwrites: overwrites?,
            ..NewPlace::default()
        })
    }

    /// The role of a community that a person means.
    pub(super) fn role(&self, community: &Community, text: &str) -> Result<String, Failure> {
        if text == EVERYONE {
            return Ok(text.to_owned());
        }
        let known = community.roles.iter().map(|role| (&role.id, &role.name));
        self.meant(text, known)
    }
}
