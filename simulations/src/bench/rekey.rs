//! `bench rekey`: somebody is removed from a full community, and everybody else gets the secret of the new epoch.
//!
//! 250 people with two devices each, one session with each of them: what they cost is not measured. A core keeps fewer links than
//! that, so the others come in groups, as they do in life; what a link itself costs is measured before, when there is
//! nothing to say, and taken off.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use protocol::control::body::Body;
use protocol::local::LocalDevice;
use protocol::message::Name;
use protocol::persist::{Row, RowKey};
use protocol::testing::MemoryStore;
use serde_json::json;

use super::crowd::{Crowd, SECOND};
use super::figures::{Figures, Target};
use super::founding::act;
use crate::clock::Clock;
use crate::medium::MemoryMedium;
use crate::members::text;

/// People with two devices each, unless told otherwise: as many as a community may have.
const MEMBERS: usize = 250;

/// Devices that are linked at a time.
const GROUP: usize = 80;

/// The frames in which secrets travel: messages of sessions.
const SECRETS: &str = "sealed";

/// Processor time for one rotation (issue 4).
const CPU_MAX_S: f64 = 0.3;

/// Bytes of it (issue 4).
const BYTES_MAX: f64 = 400_000.0;

/// What a round through all devices cost the founder's.
#[derive(Clone, Debug)]
struct Round {
    cpu: Duration,
    bytes: BTreeMap<&'static str, u64>,
}

/// Runs it.
///
/// # Errors
/// When somebody does not get the secret.
pub(super) fn run(options: &super::Options) -> Result<Figures> {
    let members = options.members.unwrap_or(MEMBERS).max(3);
    let began = Instant::now();
    let mut crowd = Crowd::new(3);
    let mut seconds = Vec::new();
    for _ in 0..members {
        seconds.push(arrive(&mut crowd)?);
    }
    let (community, _) = crowd.found()?;
    // The founder has one device: it is the one that is measured.
    for (number, second) in seconds.into_iter().enumerate().skip(1) {
        let rows = shared_rows(&crowd, number)?;
        crowd.seat(&second, MemoryMedium(rows))?;
    }
    let others: Vec<usize> = (1..crowd.devices.len())
        .filter(|device| *device != members - 1 && *device != 2 * members - 2)
        .collect();
    crowd.watched = Some(0);
    round(&mut crowd, &others)?; // sessions
    round(&mut crowd, &others)?; // and their acknowledgements
    let links = round(&mut crowd, &others)?;
    let setting_up = began.elapsed().as_secs_f64();

    crowd.spent = Duration::ZERO;
    let who = crowd.devices[members - 1].account;
    let kick = Body::Kick {
        who,
        invites: false,
        cut: Default::default(),
        reason: text(""),
    };
    act(&mut crowd, 0, community, kick)?;
    crowd.run_until(crowd.now + SECOND)?;
    let decision = crowd.spent;
    let all = round(&mut crowd, &others)?;
    let outbox = crowd.devices[0].sizes().map_or(0, |sizes| sizes.outbox);
    ensure!(outbox == 0, "{outbox} devices did not get the secret");

    let n = others.len();
    let params = json!({
        "members": members, "devices": n + 1, "linked_at_a_time": GROUP, "sessions": "established",
        "release": !cfg!(debug_assertions),
    });
    let full = members >= MEMBERS;
    let mut figures = Figures::new("rekey", params);
    let spreading = all.cpu.saturating_sub(links.cpu);
    let cpu = (decision + spreading).as_secs_f64();
    let target = full.then_some(Target::AtMost(CPU_MAX_S));
    figures.add("cpu_s", cpu, "s", n, target);
    let more = |name: &str| {
        let of = |round: &Round| round.bytes.get(name).copied().unwrap_or(0);
        of(&all).saturating_sub(of(&links)) as f64
    };
    let all_more = all.bytes.keys().map(|name| more(name)).sum::<f64>();
    let bytes = more(SECRETS);
    let target = full.then_some(Target::AtMost(BYTES_MAX));
    figures.add("bytes", bytes, "B", n, target);
    figures.add("decision_cpu_s", decision.as_secs_f64(), "s", 1, None);
    figures.add("bytes_per_device", bytes / n as f64, "B", n, None);
    figures.add("links_cpu_s", links.cpu.as_secs_f64(), "s", n, None);
    figures.add("bytes_with_ops", all_more, "B", n, None);
    let links = links.bytes.values().sum::<u64>() as f64;
    figures.add("links_bytes", links, "B", n, None);
    figures.add("setting_up_wall_s", setting_up, "s", 1, None);
    Ok(figures)
}

/// Somebody with two devices: the first is in the crowd, the second comes later.
fn arrive(crowd: &mut Crowd) -> Result<LocalDevice> {
    let mut rng = crowd.rng();
    let name = Name::try_from(format!("Guest {}", crowd.devices.len())).unwrap_or_default();
    let now = Clock::default().now(crowd.now);
    let (mut first, words) = LocalDevice::create(name.clone(), now, &mut rng);
    let mut second = LocalDevice::certify(&words.account_key(), name, now, &mut rng);
    if crowd.devices.is_empty() {
        crowd.seat(&first, MemoryMedium::default())?;
        return Ok(second);
    }
    let both = first.bundle.merge(&second.bundle);
    let both = both.ok().context("the two devices are of one account")?;
    first.bundle = both.clone();
    second.bundle = both;
    crowd.seat(&first, MemoryMedium::default())?;
    Ok(second)
}

/// What a second device has of the first one's rows when it is linked: communities, and no session.
fn shared_rows(crowd: &Crowd, device: usize) -> Result<MemoryStore> {
    let medium = &crowd.devices[device].disk.medium;
    let Ok(snapshot) = medium.snapshot() else {
        bail!("device {device} has no rows");
    };
    let shared = |key: &RowKey| {
        matches!(
            key,
            RowKey::Community(_) | RowKey::Op(..) | RowKey::Secret(..) | RowKey::Log(..)
        )
    };
    let rows: BTreeMap<RowKey, Row> = snapshot
        .rows
        .into_iter()
        .filter(|(key, _)| shared(key))
        .collect();
    Ok(MemoryStore { rows })
}

/// Links the founder's device with all others, some at a time, for as long as what waits for them takes.
fn round(crowd: &mut Crowd, others: &[usize]) -> Result<Round> {
    let before = crowd.spent;
    crowd.sent.clear();
    for group in others.chunks(GROUP) {
        for other in group {
            crowd.link(*other, 0);
        }
        crowd.run_until(crowd.now + 4 * SECOND)?;
        crowd.cut(&|_, _| true);
        crowd.run_until(crowd.now + SECOND / 10)?;
    }
    Ok(Round {
        cpu: crowd.spent.saturating_sub(before),
        bytes: std::mem::take(&mut crowd.sent),
    })
}
