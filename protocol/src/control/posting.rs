//! Whether somebody may write in a channel, by what they knew when they wrote (§2.6 step 7, A14).
//!
//! An entry names the heads of the control log that its author knew. It is judged there and nowhere else: everybody who has
//! those ops judges alike, whatever happened elsewhere meanwhile. What a removal elsewhere does to it is its cut's to say.

use std::time::Duration;

use thiserror::Error;

use super::body::ChannelKind;
use super::fact::OpId;
use super::permission::{Authority, Bits};
use super::registers::{Channel, Community};
use super::view::Standing;
use crate::identity::{AccountId, DeviceId};
use crate::time::Hlc;

/// Why somebody may not write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PostFault {
    /// Is not a member, or suspended.
    #[error("its author is not a member")]
    NotMember,
    /// The device is not one of theirs, was taken back, or contradicted itself.
    #[error("its device does not speak for its author")]
    Device,
    /// There is no such channel for messages.
    #[error("there is no such channel")]
    NoChannel,
    /// Roles and channel do not allow it.
    #[error("its author may not do this in that channel")]
    NotAllowed,
    /// They are silenced.
    #[error("its author is silenced")]
    Silenced {
        /// Until when, by the time of their own messages.
        until: Hlc,
    },
}

/// Who writes, and when by their own clock.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The time of what they write.
    pub at: Hlc,
}

impl Community<'_> {
    /// The channel, if this writer may do there what needs `needed`, with [`Bits::VIEW`] and [`Bits::SEND`] understood.
    ///
    /// # Errors
    /// [`PostFault`] names the first thing that is missing.
    pub fn may_write(
        &self,
        writer: Writer,
        channel: &OpId,
        needed: Bits,
    ) -> Result<Channel, PostFault> {
        let Writer {
            account,
            device,
            at,
        } = writer;
        if self.moment().standing(&account) < Standing::Member {
            return Err(PostFault::NotMember);
        }
        if !self.moment().speaks(&account, &device) {
            return Err(PostFault::Device);
        }
        let channel = self.channel(channel).ok_or(PostFault::NoChannel)?;
        if channel.kind == ChannelKind::Category {
            return Err(PostFault::NoChannel);
        }
        let needed = needed.with(Bits::VIEW).with(Bits::SEND);
        if !self.uses_in(&account, &channel).contains(needed) {
            return Err(PostFault::NotAllowed);
        }
        match self.silenced_until(&account) {
            Some(until) if at < until => Err(PostFault::Silenced { until }),
            _ => Ok(channel),
        }
    }

    /// How long an account has to leave between two texts of its own in a channel: what its slow mode says, and nothing for
    /// whoever keeps order there.
    #[must_use]
    pub fn pace(&self, account: &AccountId, channel: &Channel) -> Duration {
        let keeps_order = |bit| self.moment().power(account, bit) > Authority::Void;
        if channel.slow_mode == 0
            || keeps_order(Bits::MANAGE_MESSAGES)
            || keeps_order(Bits::MANAGE_CHANNELS)
        {
            return Duration::ZERO;
        }
        Duration::from_secs(u64::from(channel.slow_mode))
    }
}
