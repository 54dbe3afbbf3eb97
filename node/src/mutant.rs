//! A deliberate fault: what is written here is also shouted, readable, into the local network.
//!
//! It exists so that the checker of `wire_no_plaintext` can be seen to fail (DECISIONS 31).

use std::net::Ipv4Addr;

use protocol::persist::MessageContent;
use protocol::turn::Event;
use tokio::net::UdpSocket;

use crate::events::Heard;
use crate::handle::NodeHandle;

/// Where nobody listens and everybody can.
const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(239, 1, 2, 3), 9_999);

/// Shouts every own new message.
pub(crate) async fn shout(node: NodeHandle) {
    let Ok(socket) = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await else {
        return;
    };
    let mut listener = node.events().listen(None);
    while let Some(heard) = listener.next().await {
        let Heard::Event(_, event) = heard else {
            continue;
        };
        let Event::Message { row, new: true, .. } = &*event else {
            continue;
        };
        let MessageContent::Text { versions, .. } = &row.content else {
            continue;
        };
        if row.account != node.fixed().account {
            continue;
        }
        for version in versions {
            let sent = socket
                .send_to(version.body.as_str().as_bytes(), GROUP)
                .await;
            tracing::debug!(?sent, "shouted");
        }
    }
}
