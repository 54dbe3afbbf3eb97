//! Members whose program is not ours: they sign, as themselves, entries that no honest program lets them send.

use bytes::Bytes;
use protocol::content::{self, Audience, ChannelEvent, ContentMessage, EntryPlace};
use protocol::control::body::{Body, LogId};
use protocol::control::{Control, Fate, OpId};
use protocol::crypto::Rng;
use protocol::group::{self, ChainId};
use protocol::link::{CommunityFrame, Frame};
use protocol::message::MessageId;
use protocol::time::Hlc;
use protocol::wire::{Blob, Bounded};

use super::{Phase, World};
use crate::members;
use crate::network::EndState;

impl World {
    /// Somebody sends every member in reach an entry under an epoch that was over when they wrote it.
    pub(super) fn forge(&mut self, device: usize) {
        let Some(id) = self.gathering.id.filter(|_id| self.phase == Phase::Safety) else {
            return;
        };
        let seed = self.chance.bytes32();
        let core = self.devices[device].core.as_ref();
        let control = core.and_then(|core| core.control(id));
        let Some(entry) = control.and_then(|control| self.old_entry(device, control, seed)) else {
            return self.count("nothing_to_forge");
        };
        let frame = CommunityFrame::Entries {
            community: id,
            entries: Bounded::try_from(vec![entry]).unwrap_or_default(),
            more: false,
        };
        let bytes = Bytes::from(Frame::Community(Box::new(frame)).encode());
        self.count("forged");
        let links: Vec<_> = self.devices[device].links.values().copied().collect();
        for (wire, side) in links {
            let far = self
                .network
                .wires
                .get(&wire)
                .map(|wire| wire.ends[1 - side].state);
            if matches!(far, Some(EndState::Up(_))) {
                self.transmit(wire, 1 - side, bytes.clone());
            }
        }
    }

    /// The entry: right in everything but its epoch, in a log of its own.
    fn old_entry<const N: usize>(
        &self,
        device: usize,
        control: &Control,
        seed: [u8; 32],
    ) -> Option<Blob<N>> {
        let now = control.log().now();
        let epoch = now.epoch()?;
        let is_old = |id: &OpId| {
            let body = control.op(id).map(|op| &op.body);
            *id != epoch
                && matches!(body, Some(Body::Rekey(_)))
                && now.fate(id) == Some(Fate::Valid)
        };
        let old = control.log().in_order().find(is_old)?;
        let channel = control.now().channels().first()?.id;
        let mut rng = Rng::from_seed(seed);
        let this = &self.devices[device];
        let chain = ChainId::draw(&mut rng);
        let (record, _) = group::create(this.id, chain, &mut rng).ok()?;
        let at = group::position(chain, &record).ok()?;
        let incarnation = u64::from_le_bytes(rng.bytes());
        let place = EntryPlace {
            community: control.community(),
            log: LogId {
                device: this.id,
                incarnation,
            },
            seq: 0,
            prev: None,
            hlc: Hlc::from_wall(this.clock.now(self.now).wall),
            heads: Bounded::try_from(control.log().dag().heads()).ok()?,
            audience: Audience::Community,
            epoch: old,
            lives: None,
        };
        let message = ContentMessage {
            id: MessageId(rng.bytes()),
            channel,
            seen: Bounded::default(),
            event: ChannelEvent::Text {
                body: members::text("from an epoch that is over"),
                mentions: Bounded::default(),
                thread: None,
            },
        };
        let signing = this.local().signing;
        let sealed = content::seal(place, at, &record, &message, &signing, &mut rng).ok()?;
        Blob::try_from(sealed.entry.encode()).ok()
    }
}
