//! Which part a frame concerns, and what a link may say in its present state.

use bytes::Bytes;

use super::Core;
use crate::courier::{self, Desks};
use crate::error::Misbehaved;
use crate::identity::{AccountId, DeviceId};
use crate::link::{Frame, LinkId, News};
use crate::persist::ContactState;
use crate::time::Now;
use crate::turn::Context;
use crate::turn::lanes::{Job, LaneId};
use crate::{community, contact, prekeys, presence};

impl Core {
    pub(super) fn on_frame(
        &mut self,
        now: Now,
        link: LinkId,
        frame: Frame,
    ) -> Result<(), Misbehaved> {
        let Some(state) = self.links.get(link) else {
            return Ok(());
        };
        let (peer, stranger) = (state.peer, state.stranger);
        let name = frame.name();
        match (frame, peer) {
            (
                frame @ (Frame::Hello { .. }
                | Frame::Tags { .. }
                | Frame::Match { .. }
                | Frame::NoMatch { .. }
                | Frame::Proof { .. }),
                _,
            ) => return self.on_auth(now, link, frame),
            (Frame::Community(frame), _) if stranger || peer.is_some() => {
                let (mut cx, mut desks) = parts!(self, now);
                community::on_frame(&mut cx, &mut desks, link, *frame)?;
            }
            (Frame::Card { name, bundle }, None) if stranger => {
                let (mut cx, desks) = parts!(self, now);
                contact::on_card(&mut cx, desks.links, desks.desk, link, name, bundle)?;
            }
            (Frame::Seek { tag }, None) if stranger => {
                let (mut cx, desks) = parts!(self, now);
                contact::on_seek(&mut cx, desks.links, link, &tag);
            }
            (Frame::Introduce { bundle }, None) if stranger => {
                let (mut cx, desks) = parts!(self, now);
                contact::on_introduce(&mut cx, desks.links, link, bundle)?;
            }
            // A card or an introduction crosses the proof that made it needless.
            (Frame::Card { .. } | Frame::Introduce { .. } | Frame::Seek { .. }, Some(_)) => {}
            (frame, Some((account, device))) => {
                return self.on_peer_frame(now, link, (account, device), frame);
            }
            _ => return Err(Misbehaved::NotAllowed { frame: name }),
        }
        Ok(())
    }

    fn on_auth(&mut self, now: Now, link: LinkId, frame: Frame) -> Result<(), Misbehaved> {
        let (mut cx, desks) = parts!(self, now);
        let news = desks.links.authenticate(&mut cx, link, frame)?;
        self.on_news(now, link, news);
        Ok(())
    }

    /// Looks on for who sent a page of tags. Answers what that cost; `None`: no page waits.
    pub(super) fn look_on(&mut self, now: Now) -> Option<u32> {
        let (mut cx, desks) = parts!(self, now);
        let look = desks.links.look_on(&mut cx)?;
        self.on_news(now, look.link, look.news);
        Some(look.cost)
    }

    fn on_news(&mut self, now: Now, link: LinkId, news: News) {
        let may_show = self.config.visible;
        let (mut cx, mut desks) = parts!(self, now);
        let visible = may_show && cx.resident.privacy().visible_nearby;
        match news {
            News::Nothing => {}
            News::Stranger => {
                contact::on_stranger(&mut cx, desks.links, link, visible);
                community::on_link(&mut cx, &mut desks, link);
            }
            News::Known(account, device) => {
                let peer = (account, device);
                let Desks {
                    links,
                    desk,
                    courier,
                    ..
                } = &mut desks;
                contact::on_known(&mut cx, links, desk, courier, link, peer);
                community::on_known(&mut cx, &mut desks, link, peer);
                community::on_link(&mut cx, &mut desks, link);
            }
        }
    }

    fn on_peer_frame(
        &mut self,
        now: Now,
        link: LinkId,
        (account, device): (AccountId, DeviceId),
        frame: Frame,
    ) -> Result<(), Misbehaved> {
        let (mut cx, mut desks) = parts!(self, now);
        let contact = cx.resident.contact(account).map(|row| &row.state);
        let blocked = matches!(contact, Some(ContactState::Blocked));
        let keys = matches!(
            frame,
            Frame::PrekeyFetch
                | Frame::Prekeys { .. }
                | Frame::Sealed { .. }
                | Frame::SessionReset { .. }
        );
        // Of somebody who is blocked nothing is heard but the keys of a community that is shared.
        if blocked && !(keys && cx.members.get(account).is_some()) {
            return Ok(());
        }
        let job = match frame {
            Frame::PrekeyFetch => {
                prekeys::serve(&mut cx, desks.links, link);
                return Ok(());
            }
            Frame::Bundle { bundle } => {
                contact::on_bundle(&mut cx, desks.links, account, bundle)?;
                community::tell_everywhere(&mut cx, &mut desks, account);
                return Ok(());
            }
            frame @ (Frame::Presence { .. } | Frame::Typing { .. }) => {
                return presence::on_frame(&mut cx, desks.board, (account, device), &frame);
            }
            Frame::SessionReset { hash, mac } => {
                if !courier::verify_reset(&cx, desks.links, link, &hash, &mac) {
                    return Err(Misbehaved::NotAllowed {
                        frame: "session-reset",
                    });
                }
                Job::Reset(hash)
            }
            Frame::Prekeys { offer } => Job::Offer { link, offer },
            Frame::Sealed { hint, kind, bytes } => Job::Open {
                link,
                hint,
                kind,
                bytes: Bytes::from(bytes.into_vec()),
            },
            other => {
                return Err(Misbehaved::NotAllowed {
                    frame: other.name(),
                });
            }
        };
        // A full lane drops the frame: whoever sent it repeats it.
        let _full = cx.lanes.push(LaneId::Peer(device), job);
        Ok(())
    }
}
