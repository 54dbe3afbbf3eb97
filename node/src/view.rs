//! What is true now, as shown: one immutable value, replaced when the core tells something.
//!
//! Readers clone an `Arc` out of a watch channel and hold nothing. History is not in it: pages
//! are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::community::CommunityView;
use protocol::control::{CommunityId, OpId};
use protocol::identity::{AccountBundle, AccountId, DeviceId, Hints};
use protocol::message::Name;
use protocol::persist::{NoteKey, NoteText, Place, ReadRow};
use protocol::privacy::{Presence, Privacy};
use protocol::turn::{ContactStanding, ContactView, Event, NearbyView};

/// The own account and device.
#[derive(Clone, Debug)]
pub struct MeView {
    /// The own name.
    pub name: Name,
    /// The own certificates.
    pub bundle: AccountBundle,
}

/// What is true now. Cheap to clone: its parts are shared.
#[derive(Clone, Debug)]
pub struct View {
    /// The own account.
    pub me: Arc<MeView>,
    /// Contacts, requests and blocks.
    pub contacts: Arc<BTreeMap<AccountId, Arc<ContactView>>>,
    /// Strangers in reach that show themselves.
    pub nearby: Arc<BTreeMap<AccountId, Arc<NearbyView>>>,
    /// Contacts and members of shared communities who say that they are there, or away. Nothing is known of the others.
    pub presence: Arc<BTreeMap<AccountId, Presence>>,
    /// Contacts who write to us at this moment.
    pub typing: Arc<BTreeSet<AccountId>>,
    /// How far each conversation was read, here and, as far as they say so, there.
    pub read: Arc<BTreeMap<AccountId, ReadRow>>,
    /// How far each channel was read.
    pub channel_read: Arc<BTreeMap<(CommunityId, OpId), Place>>,
    /// What the person keeps for themselves: drafts, and names of their own for others.
    pub notes: Arc<BTreeMap<NoteKey, NoteText>>,
    /// Communities that this device has to do with, also former ones.
    pub communities: Arc<BTreeMap<CommunityId, Arc<CommunityView>>>,
    /// The community of each channel that was ever seen: messages name their channel alone.
    pub channels: Arc<BTreeMap<OpId, CommunityId>>,
    /// What the person lets others know.
    pub privacy: Privacy,
    /// Where this node is found first: for links that it shows. The core knows none of its own addresses.
    pub hints: Hints,
}

impl View {
    /// A view that knows only who we are.
    #[must_use]
    pub fn new(me: MeView) -> Self {
        Self {
            me: Arc::new(me),
            contacts: Arc::default(),
            nearby: Arc::default(),
            presence: Arc::default(),
            typing: Arc::default(),
            read: Arc::default(),
            channel_read: Arc::default(),
            notes: Arc::default(),
            communities: Arc::default(),
            channels: Arc::default(),
            privacy: Privacy::default(),
            hints: Hints::None,
        }
    }

    /// Accounts that the person wants to hear nothing of.
    pub fn blocked(&self) -> impl Iterator<Item = AccountId> + '_ {
        let contacts = self.contacts.values();
        let blocked = contacts.filter(|contact| contact.standing == ContactStanding::Blocked);
        blocked.map(|contact| contact.account)
    }

    /// Whether the person blocked this account.
    #[must_use]
    pub fn is_blocked(&self, account: AccountId) -> bool {
        let contact = self.contacts.get(&account);
        contact.is_some_and(|contact| contact.standing == ContactStanding::Blocked)
    }

    /// What a new core makes untrue: it has not met anybody yet, so what lives with links is over.
    #[must_use]
    pub fn farewells(&self) -> Vec<Event> {
        let nearby = self.nearby.keys().copied().map(Event::NearbyGone);
        let presence = self.presence.keys().map(|account| Event::Presence {
            account: *account,
            presence: None,
        });
        let typing = self.typing.iter().map(|account| Event::Typing {
            account: *account,
            active: false,
        });
        nearby.chain(presence).chain(typing).collect()
    }

    /// The view after an event; `None` if the event changes nothing here.
    #[must_use]
    pub fn reduce(&self, event: &Event) -> Option<Self> {
        if let Event::Message { .. } = event {
            return None; // the most frequent one
        }
        let mut next = self.clone();
        match event {
            Event::Me { name, bundle } => {
                next.me = Arc::new(MeView {
                    name: name.clone(),
                    bundle: bundle.clone(),
                });
            }
            Event::Contact(contact) => {
                let contacts = Arc::make_mut(&mut next.contacts);
                contacts.insert(contact.account, Arc::new((**contact).clone()));
            }
            Event::ContactRemoved(account) => {
                Arc::make_mut(&mut next.contacts).remove(account);
            }
            Event::Nearby(nearby) => {
                let strangers = Arc::make_mut(&mut next.nearby);
                strangers.insert(nearby.account, Arc::new(nearby.clone()));
            }
            Event::NearbyGone(account) => {
                Arc::make_mut(&mut next.nearby).remove(account);
            }
            Event::Reach {
                account,
                device,
                up,
            } => {
                let contact = Arc::make_mut(&mut next.contacts).get_mut(account)?;
                reach(&mut Arc::make_mut(contact).reachable, *device, *up);
            }
            Event::Presence { account, presence } => {
                let known = Arc::make_mut(&mut next.presence);
                match presence {
                    Some(presence) => known.insert(*account, *presence),
                    None => known.remove(account),
                };
            }
            Event::Typing { account, active } => {
                let writing = Arc::make_mut(&mut next.typing);
                writing.remove(account);
                if *active {
                    writing.insert(*account);
                }
            }
            Event::ReadMark { .. } | Event::ReadByPeer { .. } | Event::ChannelRead { .. } => {
                next.note_reading(event);
            }
            Event::Note { key, text } => next.note(*key, text),
            Event::Privacy(privacy) => next.privacy = *privacy,
            Event::Community(community) => next.learn(community),
            Event::Done { .. }
            | Event::Message { .. }
            | Event::Marks { .. }
            | Event::Report { .. }
            | Event::Unopened { .. }
            | Event::Misbehaved { .. }
            | Event::PassedOver(_) => return None,
        }
        Some(next)
    }

    /// Takes in how far something was read.
    fn note_reading(&mut self, event: &Event) {
        match event {
            Event::ReadMark {
                conversation,
                up_to,
            } => {
                let read = Arc::make_mut(&mut self.read);
                read.entry(*conversation).or_default().own = Some(*up_to);
            }
            Event::ReadByPeer { account, up_to } => {
                let read = Arc::make_mut(&mut self.read);
                read.entry(*account).or_default().theirs = Some(*up_to);
            }
            Event::ChannelRead {
                community,
                channel,
                up_to,
            } => {
                Arc::make_mut(&mut self.channel_read).insert((*community, *channel), *up_to);
            }
            _ => {}
        }
    }

    /// Keeps a note; an empty one is forgotten.
    fn note(&mut self, key: NoteKey, text: &NoteText) {
        let notes = Arc::make_mut(&mut self.notes);
        notes.remove(&key);
        if !text.is_empty() {
            notes.insert(key, text.clone());
        }
    }

    /// Takes in how a community stands now.
    fn learn(&mut self, community: &CommunityView) {
        let (id, known) = (community.id, &self.channels);
        let new = |channel: &OpId| known.get(channel) != Some(&id);
        let new: Vec<OpId> = community
            .channels
            .iter()
            .map(|channel| channel.id)
            .filter(new)
            .collect();
        if !new.is_empty() {
            let channels = Arc::make_mut(&mut self.channels);
            channels.extend(new.into_iter().map(|channel| (channel, id)));
        }
        let communities = Arc::make_mut(&mut self.communities);
        communities.insert(id, Arc::new(community.clone()));
    }
}

/// Puts a device among those in reach, or takes it out.
fn reach(reachable: &mut Vec<DeviceId>, device: DeviceId, up: bool) {
    reachable.retain(|known| *known != device);
    if up {
        reachable.push(device);
    }
}

#[cfg(test)]
mod tests;
