//! Those who watch from outside. A checker counts only if it has been seen to fail (DECISIONS 31): `mutants` shows it.

pub mod answers;
pub mod bounds;
pub mod community;
pub mod convergence;
pub mod display;
pub mod durability;
pub mod identity;
pub mod key_reuse;
pub mod sessions;
pub mod words;

use std::collections::BTreeSet;

use protocol::control::CommunityId;
use protocol::core::Sizes;
use protocol::error::Rejected;
use protocol::identity::DeviceId;
use protocol::turn::{Event, Reply};

use crate::clock::Micros;
use crate::device::Device;
use crate::network::{Network, Wire};
use crate::options::Options;
use crate::people::Op;
use crate::report::Violation;

/// What a checker sees while the world runs.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A core was restored.
    Booted,
    /// A device of a community lost its sessions: with whom it says nothing before the end, it finds out when it does.
    Forgot,
    /// A frame left for good: it may be anywhere from now on.
    Emitted {
        /// Over which link, if that is still there.
        wire: Option<&'a Wire>,
        /// The frame.
        bytes: &'a [u8],
        /// All devices.
        devices: &'a [Device],
    },
    /// An event was told.
    Told {
        /// Which.
        event: &'a Event,
        /// All links, as they are.
        network: &'a Network,
        /// All devices.
        devices: &'a [Device],
    },
    /// A command was answered.
    Answered {
        /// Which act it was for; none if it was not asked, or answered before.
        op: Option<&'a Op>,
        /// The answer.
        result: &'a Result<Reply, Rejected>,
    },
    /// A core has handled its inputs.
    Holds(Sizes),
    /// Faults have ended, all is delivered, and everybody says one more thing.
    Probing,
}

/// How the world stands when all is quiet.
#[derive(Debug)]
pub struct End<'a> {
    /// All devices.
    pub devices: &'a [Device],
    /// All acts.
    pub ops: &'a [Op],
    /// Pairs of persons that became contacts.
    pub pairs: &'a [(usize, usize)],
    /// The community, if the world is about one.
    pub community: Option<CommunityId>,
    /// What time it is.
    pub now: Micros,
}

impl End<'_> {
    /// Devices whose program is not ours: of them nothing is expected.
    #[must_use]
    pub fn liars(&self) -> BTreeSet<DeviceId> {
        let liars = self.devices.iter().filter(|device| device.lies);
        liars.map(|device| device.id).collect()
    }
}

/// Somebody who watches.
pub trait Checker: std::fmt::Debug {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Sees what a device does.
    ///
    /// # Errors
    /// What is wrong with it.
    fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), String> {
        let _uninteresting = (device, seen);
        Ok(())
    }

    /// Looks at the end.
    ///
    /// # Errors
    /// What is wrong with it.
    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        let _uninteresting = end;
        Ok(())
    }
}

/// All checkers.
#[derive(Debug)]
pub struct Checkers(Vec<Box<dyn Checker>>);

impl Checkers {
    /// All of them, for a world with these options.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self(vec![
            Box::new(key_reuse::KeyReuse::default()),
            Box::new(bounds::Bounds {
                cached_rows: options.cached_rows,
                peers: options.accounts.max(7),
            }),
            Box::new(display::Display::default()),
            Box::new(identity::Identity),
            Box::new(answers::Answers),
            Box::new(sessions::Sessions::default()),
            Box::new(words::Words),
            Box::new(durability::Durability),
            Box::new(convergence::Convergence),
            Box::new(community::once::Once::default()),
            Box::new(community::answered::Answered),
            Box::new(community::state::State),
            Box::new(community::rules::Rules),
            Box::new(community::contents::Contents),
            Box::new(community::audience::Readers),
        ])
    }

    /// Everybody sees it. Gives the first complaint.
    ///
    /// # Errors
    /// The first complaint.
    pub fn see(&mut self, device: usize, seen: &Seen<'_>) -> Result<(), Violation> {
        for checker in &mut self.0 {
            let name = checker.name();
            checker.see(device, seen).map_err(|what| Violation {
                checker: name,
                what: format!("d{device}: {what}"),
            })?;
        }
        Ok(())
    }

    /// Everybody looks at the end.
    ///
    /// # Errors
    /// The first complaint.
    pub fn finish(&self, end: &End<'_>) -> Result<(), Violation> {
        for checker in &self.0 {
            let name = checker.name();
            checker.finish(end).map_err(|what| Violation {
                checker: name,
                what,
            })?;
        }
        Ok(())
    }
}

/// Devices of two persons, every one of the first with every one of the second.
pub(crate) fn device_pairs<'a>(
    end: &'a End<'_>,
) -> impl Iterator<Item = (usize, &'a Device, usize, &'a Device)> {
    end.pairs.iter().flat_map(move |(a, b)| {
        let of = move |person: usize| {
            end.devices
                .iter()
                .enumerate()
                .filter(move |(_, device)| device.person == person)
        };
        of(*a).flat_map(move |(i, first)| of(*b).map(move |(j, second)| (i, first, j, second)))
    })
}
