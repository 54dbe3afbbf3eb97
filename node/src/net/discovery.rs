//! Whom of the local network to dial, and when.
//!
//! Two devices that see each other would dial at the same instant and make two connections of
//! one link. So the one with the smaller peer id dials at once, and the other only when nothing
//! came of it; whoever cannot be reached is tried again, ever more rarely, while it is announced.
//! Time and chance are arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use libp2p::{Multiaddr, PeerId};

use super::ADDRESSES_MAX;

/// How long the larger peer id waits for the smaller one's dial.
const HEAD_START: Duration = Duration::from_secs(2);

/// The first wait after a failure; doubled by each further one.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);

/// The longest wait between two tries, before its random stretch.
const BACKOFF_MAX: Duration = Duration::from_secs(300);

/// A link that lasted this long proves that dialling works; a shorter one counts as a failure,
/// so that two ends that disagree do not dial each other in a circle.
const LASTING: Duration = Duration::from_secs(30);

/// Peers followed at once. A local network of friends has tens; announcements cost an attacker
/// nothing, so there is an end.
const PEERS_MAX: usize = 256;

/// What announcements of one peer come to.
#[derive(Debug)]
struct Peer {
    addresses: BTreeSet<Multiaddr>,
    /// Tries since the last lasting link.
    tries: u32,
    linked_since: Option<Instant>,
    next: Instant,
}

/// Follows announcements and links, and says whom to dial.
#[derive(Debug)]
pub struct Discovery {
    local: PeerId,
    peers: BTreeMap<PeerId, Peer>,
}

impl Discovery {
    /// Discovery for the device with this peer id.
    pub fn new(local: PeerId) -> Self {
        Self {
            local,
            peers: BTreeMap::new(),
        }
    }

    /// Notes an announced address. Answers all addresses of the peer if it was news.
    pub fn seen(&mut self, now: Instant, peer: PeerId, address: Multiaddr) -> Option<Vec<String>> {
        let known = self.peers.contains_key(&peer);
        if peer == self.local || (!known && self.peers.len() >= PEERS_MAX) {
            return None;
        }
        let first = now + self.head_start(&peer);
        let entry = self.peers.entry(peer).or_insert_with(|| Peer {
            addresses: BTreeSet::new(),
            tries: 0,
            linked_since: None,
            next: first,
        });
        if entry.addresses.len() >= ADDRESSES_MAX || !entry.addresses.insert(address) {
            return None;
        }
        Some(entry.addresses.iter().map(Multiaddr::to_string).collect())
    }

    /// Notes that an address is no longer announced. Answers whether that was the peer's last.
    pub fn expired(&mut self, peer: &PeerId, address: &Multiaddr) -> bool {
        let Some(entry) = self.peers.get_mut(peer) else {
            return false;
        };
        entry.addresses.remove(address);
        let last = entry.addresses.is_empty();
        if last {
            self.peers.remove(peer);
        }
        last
    }

    /// Notes that a link with this peer stands.
    pub fn linked(&mut self, now: Instant, peer: &PeerId) {
        if let Some(entry) = self.peers.get_mut(peer) {
            entry.linked_since = Some(now);
        }
    }

    /// Notes that the last link with this peer is gone. `chance` is uniform in 0.0 to 1.0.
    pub fn unlinked(&mut self, now: Instant, peer: &PeerId, chance: f64) {
        let head_start = self.head_start(peer);
        let Some(entry) = self.peers.get_mut(peer) else {
            return;
        };
        let Some(since) = entry.linked_since.take() else {
            return;
        };
        if now.saturating_duration_since(since) >= LASTING {
            entry.tries = 0;
        }
        entry.next = now + head_start + backoff(entry.tries, chance);
    }

    /// Takes out whom to dial now, and plans each one's next try. `chance` gives numbers uniform
    /// in 0.0 to 1.0.
    pub fn due(
        &mut self,
        now: Instant,
        mut chance: impl FnMut() -> f64,
    ) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let mut dials = Vec::new();
        for (peer, entry) in &mut self.peers {
            if entry.linked_since.is_some() || entry.next > now {
                continue;
            }
            entry.next = now + backoff(entry.tries, chance());
            entry.tries = entry.tries.saturating_add(1);
            dials.push((*peer, entry.addresses.iter().cloned().collect()));
        }
        dials
    }

    /// When [`Self::due`] next has something to say, if ever.
    pub fn deadline(&self) -> Option<Instant> {
        let waiting = self
            .peers
            .values()
            .filter(|peer| peer.linked_since.is_none());
        waiting.map(|peer| peer.next).min()
    }

    fn head_start(&self, peer: &PeerId) -> Duration {
        if self.local < *peer {
            Duration::ZERO
        } else {
            HEAD_START
        }
    }
}

/// The wait after `tries` tries: min([`BACKOFF_MAX`], [`BACKOFF_FIRST`] · 2ⁿ) · U(0.5, 1.5).
fn backoff(tries: u32, chance: f64) -> Duration {
    let factor = 1_u32.checked_shl(tries.min(16)).unwrap_or(u32::MAX);
    let wait = BACKOFF_FIRST.saturating_mul(factor).min(BACKOFF_MAX);
    wait.mul_f64(0.5 + chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Multiaddr {
        format!("/ip4/192.0.2.1/tcp/{port}").parse().unwrap()
    }

    /// Two peer ids, the smaller first.
    fn pair() -> (PeerId, PeerId) {
        let (a, b) = (PeerId::random(), PeerId::random());
        (a.min(b), a.max(b))
    }

    #[test]
    fn the_smaller_peer_id_dials_at_once_and_the_larger_two_seconds_later() {
        let (small, large) = pair();
        let now = Instant::now();
        let mut ours = Discovery::new(small);
        let mut theirs = Discovery::new(large);
        ours.seen(now, large, address(1));
        theirs.seen(now, small, address(2));
        assert_eq!(ours.due(now, || 0.5), vec![(large, vec![address(1)])]);
        assert!(theirs.due(now, || 0.5).is_empty());
        assert_eq!(
            theirs.due(now + HEAD_START, || 0.5),
            vec![(small, vec![address(2)])]
        );
    }

    #[test]
    fn a_link_stops_the_dialling_and_its_end_starts_it_again() {
        let (small, large) = pair();
        let now = Instant::now();
        let mut discovery = Discovery::new(small);
        discovery.seen(now, large, address(1));
        discovery.linked(now, &large);
        assert!(discovery.due(now + LASTING, || 0.5).is_empty());
        assert_eq!(discovery.deadline(), None);
        discovery.unlinked(now + LASTING, &large, 0.5);
        let due = discovery.deadline().unwrap();
        assert_eq!(due, now + LASTING + BACKOFF_FIRST);
        assert_eq!(discovery.due(due, || 0.5).len(), 1);
    }

    #[test]
    fn tries_become_rarer_up_to_five_minutes_and_a_short_link_does_not_reset_them() {
        let (small, large) = pair();
        let mut now = Instant::now();
        let mut discovery = Discovery::new(small);
        discovery.seen(now, large, address(1));
        let mut waits = Vec::new();
        for _ in 0..12 {
            assert_eq!(discovery.due(now, || 0.5).len(), 1);
            let next = discovery.deadline().unwrap();
            waits.push(next - now);
            now = next;
        }
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(waits[0], BACKOFF_FIRST);
        assert_eq!(waits[11], BACKOFF_MAX);
        discovery.linked(now, &large);
        discovery.unlinked(now + Duration::from_secs(1), &large, 0.5);
        assert!(discovery.deadline().unwrap() - now >= BACKOFF_MAX);
    }

    #[test]
    fn who_is_no_longer_announced_is_no_longer_dialled() {
        let (small, large) = pair();
        let now = Instant::now();
        let mut discovery = Discovery::new(small);
        discovery.seen(now, large, address(1));
        discovery.seen(now, large, address(2));
        assert!(!discovery.expired(&large, &address(1)));
        assert!(discovery.expired(&large, &address(2)));
        assert!(discovery.due(now, || 0.5).is_empty());
    }

    #[test]
    fn announcements_beyond_the_bounds_are_ignored() {
        let local = PeerId::random();
        let now = Instant::now();
        let mut discovery = Discovery::new(local);
        for _ in 0..2 * PEERS_MAX {
            discovery.seen(now, PeerId::random(), address(1));
        }
        assert_eq!(discovery.peers.len(), PEERS_MAX);
        let known = *discovery.peers.keys().next().unwrap();
        for port in 0..100 {
            discovery.seen(now, known, address(port));
        }
        assert_eq!(discovery.peers[&known].addresses.len(), ADDRESSES_MAX);
        assert!(discovery.seen(now, local, address(9)).is_none());
    }
}
