//! `GET /metrics`: the node's counts for a scraper, as Prometheus' text format 0.0.4, behind the same token as the rest.
//!
//! Labels are words of this program and nothing else. Whatever a scraper takes lies for years on disks that ask for no
//! passphrase, so no account, device, name, address, text or path is ever part of it; what the store complains of in
//! words is in `/v1/health`, here it is a 0.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use prometheus::{
    Encoder as _, Gauge, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TEXT_FORMAT, TextEncoder,
};
use protocol::turn::ContactStanding;

use super::ApiState;
use super::events::STREAMS_MAX;
use super::problem::Problem;
use crate::health::HealthCounts;
use crate::view::View;

/// Every standing, with its word: one line each also at 0, so that a graph does not break off.
const STANDINGS: [(ContactStanding, &str); 5] = [
    (ContactStanding::Asking, "asking"),
    (ContactStanding::Asked, "asked"),
    (ContactStanding::Asks, "asks"),
    (ContactStanding::Accepted, "accepted"),
    (ContactStanding::Blocked, "blocked"),
];

/// Counts for a scraper, in the text format of Prometheus. No label ever names a person, a device or an address.
#[utoipa::path(
    get, path = "/metrics", tag = "node",
    responses((
        status = 200, body = String, content_type = "text/plain; version=0.0.4",
        description = "Prometheus' text exposition format 0.0.4"
    ))
)]
pub(super) async fn metrics(State(api): State<ApiState>) -> Result<impl IntoResponse, Problem> {
    let text = exposition(&api).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "metrics",
            error.to_string(),
        )
    })?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], text))
}

/// Everything as it is now. A registry a scrape: the counts live where they happen, and this copies them.
fn exposition(api: &ApiState) -> prometheus::Result<Vec<u8>> {
    let page = Page(Registry::new());
    let counts = api.node.health().counts();
    node(&page, api)?;
    people(&page, &api.node.view())?;
    store(&page, &counts)?;
    core(&page, &counts)?;
    net(&page, &counts)?;
    let mut text = Vec::new();
    TextEncoder::new().encode(&page.0.gather(), &mut text)?;
    Ok(text)
}

/// The program and those who listen to it.
fn node(page: &Page, api: &ApiState) -> prometheus::Result<()> {
    page.gauges(
        "build_info",
        "The running program",
        "version",
        [(env!("CARGO_PKG_VERSION"), 1)],
    )?;
    let uptime = Gauge::new(named("uptime_seconds"), "Time since this start")?;
    uptime.set(api.node.fixed().started.elapsed().as_secs_f64());
    page.0.register(Box::new(uptime))?;
    let streams = STREAMS_MAX.saturating_sub(api.streams.available_permits());
    page.gauge(
        "event_streams",
        "Clients that listen to events",
        signed(streams),
    )?;
    let events = api.node.events();
    page.counter("events_total", "Events told", events.told())?;
    page.counter(
        "events_dropped_total",
        "Events that a listener missed because it was too slow or away for too long",
        events.missed(),
    )
}

/// How many people stand how.
fn people(page: &Page, view: &View) -> prometheus::Result<()> {
    let of = |standing| {
        let alike = |contact: &&_| view.contacts[contact].standing == standing;
        signed(view.contacts.keys().filter(alike).count())
    };
    let standings = STANDINGS.map(|(standing, word)| (word, of(standing)));
    page.gauges(
        "contacts",
        "Contacts, requests and blocks",
        "standing",
        standings,
    )?;
    page.gauge(
        "nearby",
        "Strangers in reach that show themselves",
        signed(view.nearby.len()),
    )
}

/// What became durable, and what did not.
fn store(page: &Page, counts: &HealthCounts) -> prometheus::Result<()> {
    page.counter(
        "commits_total",
        "Commits that became durable",
        counts.commits,
    )?;
    page.counter("batches_total", "Batches in those commits", counts.batches)?;
    let failures = [
        ("commit", counts.commit_failures),
        ("load", counts.load_failures),
    ];
    page.counters(
        "store_failures_total",
        "Times that the store failed",
        "during",
        failures,
    )?;
    page.gauge(
        "store_writable",
        "1 while what is asked can be stored, 0 while it cannot",
        i64::from(counts.store_fault.is_none()),
    )
}

/// What the core holds.
fn core(page: &Page, counts: &HealthCounts) -> prometheus::Result<()> {
    page.counter(
        "core_restores_total",
        "Times that the core was restored after the store failed",
        counts.restores,
    )?;
    page.counted(
        "peer_misbehaviours_total",
        "Times that a peer broke the rules, by what it did",
        "fault",
        &counts.misbehaved,
    )?;
    page.counted(
        "community_passed_over_total",
        "Times that something of a community was not taken in, by why",
        "reason",
        &counts.passed_over,
    )?;
    page.gauge(
        "outbox_messages",
        "What devices of contacts have not acknowledged, counted for each device",
        signed(counts.outbox),
    )?;
    page.gauge(
        "cached_rows",
        "Rows in memory beside those that always are",
        signed(counts.cached_rows),
    )?;
    page.gauge("waiting_jobs", "Jobs that wait", signed(counts.jobs))
}

/// Links, dials and what passed.
fn net(page: &Page, counts: &HealthCounts) -> prometheus::Result<()> {
    let net = &counts.net;
    page.gauge("links", "Links that stand", signed(counts.links))?;
    page.counter("links_made_total", "Links that ever stood", net.links)?;
    let dials = [("ok", net.dials_ok), ("failed", net.dials_failed)];
    page.counters(
        "dials_total",
        "Connections that this node opened, by what came of them",
        "result",
        dials,
    )?;
    let frames = [("in", net.frames_in), ("out", net.frames_out)];
    page.counters("net_frames_total", "Whole frames", "direction", frames)?;
    let bytes = [("in", net.bytes_in), ("out", net.bytes_out)];
    page.counters(
        "net_bytes_total",
        "Bytes of those frames, headers included",
        "direction",
        bytes,
    )?;
    let cut = [("malformed", net.malformed), ("slow", net.slow)];
    page.counters(
        "links_cut_total",
        "Links dropped for impossible frames, or for an end that was too slow",
        "reason",
        cut,
    )?;
    page.counter(
        "connections_refused_total",
        "Connections refused for a limit or as a double",
        net.refused,
    )
}

/// What is said so far. Each name begins with the program's.
struct Page(Registry);

impl Page {
    fn counter(&self, name: &str, help: &str, value: u64) -> prometheus::Result<()> {
        let metric = IntCounter::new(named(name), help)?;
        metric.inc_by(value);
        self.0.register(Box::new(metric))
    }

    fn counters<const N: usize>(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: [(&str, u64); N],
    ) -> prometheus::Result<()> {
        let metric = IntCounterVec::new(Opts::new(named(name), help), &[label])?;
        for (word, value) in values {
            metric.get_metric_with_label_values(&[word])?.inc_by(value);
        }
        self.0.register(Box::new(metric))
    }

    /// As many counters as there is something to count; of none, the name alone says nothing.
    fn counted(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: &BTreeMap<&'static str, u64>,
    ) -> prometheus::Result<()> {
        let metric = IntCounterVec::new(Opts::new(named(name), help), &[label])?;
        for (word, value) in values {
            metric.get_metric_with_label_values(&[word])?.inc_by(*value);
        }
        self.0.register(Box::new(metric))
    }

    fn gauge(&self, name: &str, help: &str, value: i64) -> prometheus::Result<()> {
        let metric = IntGauge::new(named(name), help)?;
        metric.set(value);
        self.0.register(Box::new(metric))
    }

    fn gauges<const N: usize>(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: [(&str, i64); N],
    ) -> prometheus::Result<()> {
        let metric = IntGaugeVec::new(Opts::new(named(name), help), &[label])?;
        for (word, value) in values {
            metric.get_metric_with_label_values(&[word])?.set(value);
        }
        self.0.register(Box::new(metric))
    }
}

fn named(name: &str) -> String {
    format!("lescopains_{name}")
}

/// A count as a gauge takes it.
fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
