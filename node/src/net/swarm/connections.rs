//! From connections to links: which of them get one, and what happens when they end.

use std::sync::Arc;
use std::time::Instant;

use libp2p::core::ConnectedPoint;
use libp2p::swarm::ConnectionId;
use libp2p::{PeerId, Stream};
use tokio_util::compat::FuturesAsyncReadCompatExt as _;

use super::{Connection, Ended, SwarmTask, chance};
use crate::net::links::{Keep, Link, keep};
use crate::net::stream::{LinkEnd, link};
use crate::net::{DialFailure, NetCounters, NetEvent};

impl SwarmTask {
    pub(super) fn connected(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        endpoint: &ConnectedPoint,
    ) {
        let dialer = endpoint.is_dialer();
        let address = endpoint.get_remote_address().clone();
        let round_trip = None;
        self.connections.insert(
            connection,
            Connection {
                dialer,
                address,
                settled: false,
                round_trip,
            },
        );
        if !dialer {
            return;
        }
        let local = *self.swarm.local_peer_id();
        let standing = self.links.with_peer(&peer);
        let wanted =
            standing.is_none_or(|(_, link)| keep(local, peer, link.dialer, true) == Keep::New);
        if wanted {
            self.swarm.behaviour_mut().link.open(peer, connection);
        } else {
            self.refuse_double(connection);
        }
    }

    fn refuse_double(&mut self, connection: ConnectionId) {
        self.dial_failed(connection, DialFailure::AlreadyLinked);
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.settled = true;
        }
        NetCounters::add(&self.counters.refused, 1);
        self.swarm.close_connection(connection);
    }

    pub(super) fn disconnected(&mut self, connection: ConnectionId) {
        // A connection that closes before its link stood is a dial that failed.
        let gone = self.connections.remove(&connection);
        if gone.is_some_and(|gone| gone.dialer && !gone.settled) {
            NetCounters::add(&self.counters.dials_failed, 1);
        }
        self.dial_failed(connection, DialFailure::NotALink);
        if let Some(link) = self
            .links
            .on_connection(connection)
            .and_then(|n| self.links.get(n))
        {
            link.sender.cut();
        }
    }

    pub(super) fn stream_ready(&mut self, connection: ConnectionId, peer: PeerId, stream: Stream) {
        let Some(Connection {
            dialer, address, ..
        }) = self.connections.get(&connection)
        else {
            return;
        };
        let (dialer, address) = (*dialer, address.to_string());
        let local = *self.swarm.local_peer_id();
        if let Some((number, standing)) = self.links.with_peer(&peer) {
            if keep(local, peer, standing.dialer, dialer) == Keep::Standing {
                self.refuse_double(connection);
                return;
            }
            NetCounters::add(&self.counters.refused, 1);
            if let Some(replaced) = self.end_link(number) {
                replaced.sender.cut();
            }
        }
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.settled = true;
        }
        NetCounters::add(&self.counters.dials_ok, u64::from(dialer));
        let done = self.dials.succeeded(connection);
        self.waiting
            .extend(done.map(|attempt| NetEvent::DialDone { attempt }));
        self.discovery.linked(Instant::now(), &peer);
        NetCounters::add(&self.counters.links, 1);
        let number = self.next_link;
        self.next_link += 1;
        let (sender, task) = link(
            number,
            stream.compat(),
            self.events.clone(),
            Arc::clone(&self.counters),
        );
        self.links.insert(
            number,
            Link {
                peer,
                connection,
                dialer,
                sender,
            },
        );
        let (local, remote) = (local.to_bytes(), peer.to_bytes());
        let up = NetEvent::LinkUp {
            link: number,
            local,
            remote,
            dialer,
            address,
        };
        let (events, ended) = (self.events.clone(), self.ended_tx.clone());
        self.tasks.spawn(async move {
            let end = task.carry(up).await;
            // The loop first: it stops queueing for a link that is gone.
            let told = ended
                .send(Ended {
                    link: number,
                    connection,
                    end,
                })
                .await;
            let down = events.send(NetEvent::LinkDown { link: number }).await;
            if told.is_err() || down.is_err() {
                tracing::debug!(
                    link = number,
                    "a link outlived those who would hear of its end"
                );
            }
        });
    }

    pub(super) fn link_ended(&mut self, ended: &Ended) {
        tracing::debug!(link = ended.link, end = %ended.end, "a link ended");
        if matches!(ended.end, LinkEnd::Length(_) | LinkEnd::Stalled) {
            NetCounters::add(&self.counters.malformed, 1);
        }
        drop(self.end_link(ended.link));
        self.swarm.close_connection(ended.connection);
    }

    /// Takes a link out of the books; its task still winds down by itself and then says so.
    pub(super) fn end_link(&mut self, number: u64) -> Option<Link> {
        let link = self.links.remove(number)?;
        self.discovery
            .unlinked(Instant::now(), &link.peer, chance());
        Some(link)
    }
}
