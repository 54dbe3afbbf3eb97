//! A community for people to read: who is in it and how they stand, its channels and roles, and what became of invites.

use node::api::model::{
    Channel, ChannelPurpose, ChannelScope, Community, CommunityStanding, Invite, Joining, Member,
    MemberStanding, Refused,
};

use super::{Show, clean, lasting, named, now_ms};
use crate::cli::{Outcome, say};
use crate::text::Language;

/// Steps to the right at most, for categories in categories.
const DEPTH_MAX: usize = 4;

impl Show {
    pub(in crate::cli) fn communities(&self, all: &[Community]) -> Outcome {
        if all.is_empty() {
            return say(self.language.no_communities());
        }
        all.iter().try_for_each(|one| self.headline(one))
    }

    /// One line about a community.
    pub(super) fn headline(&self, community: &Community) -> Outcome {
        let text = self.language;
        let standing = match community.standing {
            CommunityStanding::Joining => text.joining(),
            CommunityStanding::In => text.joined(),
            CommunityStanding::Suspended => text.suspended(),
            CommunityStanding::Removed => text.removed(),
            CommunityStanding::Banned => text.banned(),
            CommunityStanding::Left => text.left(),
        };
        if let Some(joining) = &community.joining {
            let why = awaited(text, joining);
            return say(format_args!(
                "{}  ({standing}{}{why})",
                community.id,
                text.because()
            ));
        }
        say(format_args!(
            "{}  {} ({standing}, {} {}/{})",
            community.id,
            clean(&community.name),
            text.in_sync(),
            community.sync.in_sync,
            community.sync.in_reach.len()
        ))
    }

    pub(in crate::cli) fn community(&self, community: &Community) -> Outcome {
        let text = self.language;
        self.headline(community)?;
        let picture = community.icon.as_ref().map(|_name| text.has_icon());
        let topic = Some(clean(&community.topic)).filter(|topic| !topic.is_empty());
        for line in topic.as_deref().into_iter().chain(picture) {
            say(format_args!("    {line}"))?;
        }
        if let Some(offer) = &community.offer {
            let to = named(&community.members, &offer.to);
            say(format_args!("    {} {to}", text.offered_to()))?;
        }
        if let Some(from) = &community.forked_from {
            say(format_args!("    {} {from}", text.forked_from()))?;
        }
        say(format_args!("{}:", text.channels()))?;
        self.channels(community)?;
        say(format_args!("{}:", text.members()))?;
        for member in community.members.iter().filter(|one| is_near(one)) {
            let name = clean(member.nickname.as_deref().unwrap_or_default());
            let marks = marked(&member_marks(text, community, member));
            say(format_args!("    {}  {name}{marks}", member.account))?;
        }
        say(format_args!("{}:", text.roles()))?;
        for role in &community.roles {
            let (place, name) = (role.position, clean(&role.name));
            say(format_args!(
                "    {}  {place} {name}: {}  {}",
                role.id,
                role.bits.join(" "),
                role.colour
            ))?;
        }
        self.gaps(community)?;
        say(format_args!("{}:", text.invites()))?;
        let mut invites = community.invites.iter();
        invites.try_for_each(|one| self.invite(one, community))
    }

    /// Channels as people see them: each under its category. What stands under nothing that is shown stands by itself: other
    /// programs, or two people at once, may have put categories in a circle.
    fn channels(&self, community: &Community) -> Outcome {
        let mut left: Vec<&Channel> = community.channels.iter().collect();
        let is_there = |id: &String| community.channels.iter().any(|one| one.id == *id);
        while let Some(first) = left.first() {
            let tops = left.iter();
            let top = tops
                .copied()
                .find(|one| !one.parent.as_ref().is_some_and(is_there));
            let top = top.unwrap_or(first).clone();
            self.channel_within(&top, &mut left, 1)?;
        }
        Ok(())
    }

    /// A channel, and those that stand under it and were not shown yet.
    fn channel_within(&self, channel: &Channel, left: &mut Vec<&Channel>, depth: usize) -> Outcome {
        left.retain(|one| one.id != channel.id);
        let marks = marked(&channel_marks(self.language, channel));
        let name = clean(&channel.name);
        let topic = match clean(&channel.topic) {
            topic if topic.is_empty() => topic,
            topic => format!("  — {topic}"),
        };
        let margin = "    ".repeat(depth.min(DEPTH_MAX));
        say(format_args!("{margin}{}  {name}{marks}{topic}", channel.id))?;
        let under = left.iter().copied();
        let under = under.filter(|one| one.parent.as_ref() == Some(&channel.id));
        let under: Vec<Channel> = under.cloned().collect();
        for one in &under {
            if left.iter().any(|other| other.id == one.id) {
                self.channel_within(one, left, depth.saturating_add(1))?;
            }
        }
        Ok(())
    }

    /// An invite by its id, with whose it is, what became of it and its link where it is here.
    fn invite(&self, invite: &Invite, community: &Community) -> Outcome {
        let over = invite
            .over
            .map(|why| refusal(self.language, why).to_owned());
        let roles = community.roles.iter();
        let roles = roles.filter(|role| invite.roles.contains(&role.id));
        let roles = roles.map(|role| clean(&role.name));
        let note = Some(clean(&invite.note)).filter(|note| !note.is_empty());
        let left = invite.expires_ms.map(|end| end.saturating_sub(now_ms()));
        let left = left.filter(|left| *left > 0).map(lasting);
        let marks = marked(
            &over
                .into_iter()
                .chain(roles)
                .chain(left)
                .chain(note)
                .collect::<Vec<String>>(),
        );
        let link = invite.link.as_deref().unwrap_or_default();
        let (used, uses) = (invite.used, invite.uses);
        let author = named(&community.members, &invite.author);
        say(format_args!(
            "    {}  {author} {used}/{uses}{marks}  {link}",
            invite.id
        ))
    }

    /// What is missing of what was said, if anything is.
    fn gaps(&self, community: &Community) -> Outcome {
        let text = self.language;
        if community.gaps.is_empty() {
            return Ok(());
        }
        say(format_args!("{}:", text.missing()))?;
        community.gaps.iter().try_for_each(|gap| {
            let who = gap.account.as_deref().unwrap_or(&gap.device);
            match gap.missing {
                Some(missing) => say(format_args!("    {who}  {missing}")),
                None => say(format_args!("    {who}  {}", text.more_to_come())),
            }
        })
    }
}

/// What somebody waits for who asks to be let in: whom it reaches, who knows the invite, and what they said.
fn awaited(text: Language, joining: &Joining) -> String {
    let reached = match (joining.knocked, joining.answered) {
        (0, _) => text.nobody_reached().to_owned(),
        (knocked, 0) => text.nobody_knows_the_invite(knocked),
        (_, answered) => text.know_the_invite(answered),
    };
    let dialled = joining.dialled.iter().map(|address| clean(address));
    let refused = joining.refused.map(|why| refusal(text, why).to_owned());
    let all = std::iter::once(reached).chain(dialled).chain(refused);
    all.collect::<Vec<_>>().join(", ")
}

/// Why somebody is not let in by an invite, or nobody is any more.
fn refusal(text: Language, why: Refused) -> &'static str {
    match why {
        Refused::Unknown => text.invite_unknown(),
        Refused::Expired => text.invite_expired(),
        Refused::Revoked => text.invite_revoked(),
        Refused::UsedUp => text.invite_used_up(),
        Refused::NotByMe => text.not_by_them(),
        Refused::Banned => text.banned(),
        Refused::Full => text.community_full(),
        Refused::NotNow => text.not_now(),
        Refused::Elsewhere => text.invite_elsewhere(),
    }
}

/// Whether somebody belongs on the list: in, or kept out. Who went, or was named before they came, does not.
fn is_near(member: &Member) -> bool {
    match member.standing {
        MemberStanding::Outside => false,
        // Once that is over, they may come back.
        MemberStanding::Banned => member.banned_until_ms.is_none_or(|until| until > now_ms()),
        _ => true,
    }
}

fn channel_marks(text: Language, channel: &Channel) -> Vec<String> {
    let kind = match channel.kind {
        ChannelPurpose::Text => None,
        ChannelPurpose::Voice => Some(text.voice()),
        ChannelPurpose::Category => Some(text.category()),
    };
    let private = (channel.scope == ChannelScope::Private).then(|| text.private());
    let closed = !channel.uses.iter().any(|bit| bit == "view");
    let closed = (private.is_some() && closed).then(|| text.closed_to_you());
    let slow = match channel.slow_mode_s {
        0 => None,
        seconds => Some(format!("{} {seconds} s", text.slow())),
    };
    let marks = kind.into_iter().chain(private).chain(closed);
    marks.map(ToOwned::to_owned).chain(slow).collect()
}

fn member_marks(text: Language, community: &Community, member: &Member) -> Vec<String> {
    let standing = match member.standing {
        MemberStanding::Owner => Some(text.owner()),
        MemberStanding::Suspended => Some(text.suspended()),
        MemberStanding::Banned => Some(text.banned()),
        MemberStanding::Member | MemberStanding::Outside => None,
    };
    let roles = community.roles.iter();
    let roles = roles.filter(|role| member.roles.contains(&role.id));
    let standing = standing.map(ToOwned::to_owned).into_iter();
    let banned = member.banned_until_ms.unwrap_or_default();
    let banned = banned.saturating_sub(now_ms());
    let banned = (banned > 0).then(|| lasting(banned));
    let left = member.silenced_until_ms.unwrap_or_default();
    let left = left.saturating_sub(now_ms());
    let silenced = (left > 0).then(|| format!("{} {}", text.silenced(), lasting(left)));
    let presence = member
        .presence
        .map(|presence| text.presence(Some(presence)));
    let blocked = member.blocked.then(|| text.blocked());
    let standing = standing.chain(presence.into_iter().chain(blocked).map(ToOwned::to_owned));
    standing
        .chain(banned)
        .chain(silenced)
        .chain(roles.map(|role| clean(&role.name)))
        .collect()
}

/// These in brackets, if there are any.
fn marked(marks: &[String]) -> String {
    if marks.is_empty() {
        return String::new();
    }
    format!(" [{}]", marks.join(", "))
}
