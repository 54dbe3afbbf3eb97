//! The libp2p protocol `/lescopains/link/1`: one stream a connection, opened by its dialer.
//!
//! Written here rather than taken from `libp2p-stream`, which does not say on which connection
//! a stream came (so a double link could not be told from the one to keep), drops inbound
//! streams silently while its one-place channel is full, and keeps an entry for every
//! connection that ever was, which a peer could grow without end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::iter;
use std::task::{Context, Poll, Waker};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::futures::future;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
    NetworkBehaviour, NotifyHandler, SubstreamProtocol, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol};

/// The name that both ends agree on; its number changes with the framing.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/lescopains/link/1");

/// What became of a connection's link stream.
#[derive(Debug)]
pub(super) enum Event {
    /// The stream stands: ours on a connection that we dialled, theirs on one that they did.
    Ready {
        /// On which connection.
        connection: ConnectionId,
        /// With whom.
        peer: PeerId,
        /// The stream, without any byte read or written.
        stream: Box<Stream>,
    },
    /// The other end does not speak the protocol, or failed to agree on it.
    Failed {
        /// On which connection.
        connection: ConnectionId,
    },
}

/// Opens link streams on request and takes in those of others.
#[derive(Default)]
pub(super) struct Behaviour {
    actions: VecDeque<ToSwarm<Event, Open>>,
    waker: Option<Waker>,
}

impl Behaviour {
    /// Opens the stream of a connection that we dialled.
    pub(super) fn open(&mut self, peer_id: PeerId, connection: ConnectionId) {
        let handler = NotifyHandler::One(connection);
        self.actions.push_back(ToSwarm::NotifyHandler {
            peer_id,
            handler,
            event: Open,
        });
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::new(Role::Listener))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::new(Role::Dialer))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        outcome: THandlerOutEvent<Self>,
    ) {
        let event = match outcome {
            Outcome::Ready(stream) => Event::Ready {
                connection,
                peer,
                stream: Box::new(stream),
            },
            Outcome::Failed => Event::Failed { connection },
        };
        self.actions.push_back(ToSwarm::GenerateEvent(event));
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(action) = self.actions.pop_front() {
            return Poll::Ready(action);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Asks a dialer's handler for the link stream.
#[derive(Debug)]
pub(super) struct Open;

/// What a handler tells its behaviour.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The one stream of the connection.
    Ready(Stream),
    /// There will be none.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Dialer,
    Listener,
}

/// The protocol's part of one connection.
pub(super) struct Handler {
    role: Role,
    /// A dialer asked for the stream and it is not requested yet.
    wanted: bool,
    /// The one stream was had, or failed; whatever follows is closed unread.
    settled: bool,
    outcome: Option<Outcome>,
}

impl Handler {
    fn new(role: Role) -> Self {
        Self {
            role,
            wanted: false,
            settled: false,
            outcome: None,
        }
    }

    /// Keeps the first outcome of the connection and drops every later one.
    fn settle(&mut self, outcome: Outcome) {
        if !self.settled {
            self.settled = true;
            self.outcome = Some(outcome);
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = Outcome;
    type InboundProtocol = LinkUpgrade;
    type OutboundProtocol = LinkUpgrade;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<LinkUpgrade> {
        SubstreamProtocol::new(
            LinkUpgrade {
                offered: self.role == Role::Listener,
            },
            (),
        )
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<LinkUpgrade, (), Outcome>> {
        if let Some(outcome) = self.outcome.take() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(outcome));
        }
        if std::mem::take(&mut self.wanted) {
            let protocol = SubstreamProtocol::new(LinkUpgrade { offered: true }, ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        // The connection task polls again after every event that could change the above.
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, Open: Open) {
        self.wanted = self.role == Role::Dialer && !self.settled;
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, LinkUpgrade, LinkUpgrade>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: stream,
                ..
            })
            | ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                ..
            }) => self.settle(Outcome::Ready(stream)),
            ConnectionEvent::DialUpgradeError(DialUpgradeError { .. }) => {
                self.settle(Outcome::Failed);
            }
            _ => {}
        }
    }
}

/// Agrees on [`PROTOCOL`] and hands the raw stream over; dialers offer it to nobody.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkUpgrade {
    offered: bool,
}

impl UpgradeInfo for LinkUpgrade {
    type Info = StreamProtocol;
    type InfoIter = iter::Take<iter::Once<StreamProtocol>>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once(PROTOCOL).take(usize::from(self.offered))
    }
}

impl InboundUpgrade<Stream> for LinkUpgrade {
    type Output = Stream;
    type Error = Infallible;
    type Future = future::Ready<Result<Stream, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, _: StreamProtocol) -> Self::Future {
        future::ready(Ok(stream))
    }
}

impl OutboundUpgrade<Stream> for LinkUpgrade {
    type Output = Stream;
    type Error = Infallible;
    type Future = future::Ready<Result<Stream, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, _: StreamProtocol) -> Self::Future {
        future::ready(Ok(stream))
    }
}
