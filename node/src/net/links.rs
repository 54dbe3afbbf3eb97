//! The links that stand, by their number, their connection and their peer.

use std::collections::BTreeMap;

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;

use super::stream::LinkSender;

/// One standing link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    /// Whether we dialled the connection.
    pub(super) dialer: bool,
    pub(super) sender: LinkSender,
}

/// All standing links of a node; their number is bounded by the connection limits.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: BTreeMap<u64, Link>,
}

impl Links {
    /// Adds a link.
    pub(super) fn insert(&mut self, number: u64, link: Link) {
        self.links.insert(number, link);
    }

    /// Takes a link out.
    pub(super) fn remove(&mut self, number: u64) -> Option<Link> {
        self.links.remove(&number)
    }

    /// The link of this number.
    pub(super) fn get(&self, number: u64) -> Option<&Link> {
        self.links.get(&number)
    }

    /// The link with this peer. There is at most one.
    pub(super) fn with_peer(&self, peer: &PeerId) -> Option<(u64, &Link)> {
        self.links
            .iter()
            .find(|(_, link)| link.peer == *peer)
            .map(|(number, link)| (*number, link))
    }

    /// The link on this connection.
    pub(super) fn on_connection(&self, connection: ConnectionId) -> Option<u64> {
        let found = self
            .links
            .iter()
            .find(|(_, link)| link.connection == connection);
        found.map(|(number, _)| *number)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Link> {
        self.links.values()
    }

    /// Takes every link out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Link> + use<> {
        std::mem::take(&mut self.links).into_values()
    }
}

/// Which of two links with one peer stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The one that stands.
    Standing,
    /// The one that came now.
    New,
}

/// Decides between a standing link and a new one so that both ends decide alike.
///
/// Dialled from both sides, the one dialled by the smaller peer id stays. Dialled twice from the
/// other side, the new one does: a dialer opens no second link while it believes in the first,
/// so it must have lost that one. Dialled twice by us, the standing one does, for that reason.
pub(super) fn keep(
    local: PeerId,
    remote: PeerId,
    standing_is_ours: bool,
    new_is_ours: bool,
) -> Keep {
    let new_stays = if standing_is_ours == new_is_ours {
        !new_is_ours
    } else {
        new_is_ours == (local < remote)
    };
    if new_stays { Keep::New } else { Keep::Standing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_keep_the_same_of_two_crossing_links_in_any_order() {
        let (x, y) = (PeerId::random(), PeerId::random());
        let (small, large) = (x.min(y), x.max(y));
        // Whoever hears of them in whichever order, the link dialled by `small` stays.
        assert_eq!(keep(small, large, true, false), Keep::Standing);
        assert_eq!(keep(small, large, false, true), Keep::New);
        assert_eq!(keep(large, small, false, true), Keep::Standing);
        assert_eq!(keep(large, small, true, false), Keep::New);
    }

    #[test]
    fn a_peer_that_dials_again_lost_its_first_link() {
        let (x, y) = (PeerId::random(), PeerId::random());
        assert_eq!(keep(x, y, false, false), Keep::New);
        assert_eq!(keep(x, y, true, true), Keep::Standing);
    }
}
