//! Which of the driver's dial attempts wait for which connections.

use std::collections::BTreeMap;

use libp2p::swarm::ConnectionId;

use super::DialFailure;

/// An attempt dials several connections at once where its addresses name no peer; it fails when
/// the last of them does.
#[derive(Debug, Default)]
pub(super) struct Dials {
    connections: BTreeMap<ConnectionId, u64>,
    /// Connections that each attempt still hopes for.
    hopes: BTreeMap<u64, usize>,
}

impl Dials {
    /// Notes that `attempt` hopes for `connection`.
    pub(super) fn begin(&mut self, attempt: u64, connection: ConnectionId) {
        self.connections.insert(connection, attempt);
        *self.hopes.entry(attempt).or_default() += 1;
    }

    /// Notes that a connection led to a link. Answers the attempt if this is its first: it is over.
    pub(super) fn succeeded(&mut self, connection: ConnectionId) -> Option<u64> {
        let attempt = self.connections.remove(&connection)?;
        self.hopes.remove(&attempt).map(|_| attempt)
    }

    /// Notes that a connection came to nothing. Answers the attempt if that was its last hope.
    pub(super) fn failed(
        &mut self,
        connection: ConnectionId,
        reason: DialFailure,
    ) -> Option<(u64, DialFailure)> {
        let attempt = self.connections.remove(&connection)?;
        let hopes = self.hopes.get_mut(&attempt)?;
        *hopes -= 1;
        if *hopes > 0 {
            return None;
        }
        self.hopes.remove(&attempt);
        Some((attempt, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    #[test]
    fn an_attempt_fails_once_with_its_last_connection() {
        let mut dials = Dials::default();
        dials.begin(7, id(1));
        dials.begin(7, id(2));
        assert_eq!(dials.failed(id(1), DialFailure::NotALink), None);
        assert_eq!(
            dials.failed(id(2), DialFailure::WrongPeer),
            Some((7, DialFailure::WrongPeer))
        );
        assert_eq!(dials.failed(id(2), DialFailure::WrongPeer), None);
    }

    #[test]
    fn an_attempt_that_succeeded_does_not_fail_later() {
        let mut dials = Dials::default();
        dials.begin(7, id(1));
        dials.begin(7, id(2));
        assert_eq!(dials.succeeded(id(1)), Some(7));
        assert_eq!(dials.failed(id(2), DialFailure::NotALink), None);
        assert!(dials.connections.is_empty() && dials.hopes.is_empty());
    }
}
