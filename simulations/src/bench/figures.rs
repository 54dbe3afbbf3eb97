//! Figures with their targets, and how they are said.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

/// How far a target may be missed before the bench counts as failed (DECISIONS 32).
const BEARABLE: f64 = 2.0;

#[derive(Debug)]
struct Figure {
    metric: &'static str,
    value: f64,
    unit: &'static str,
    n: usize,
    target: Option<Target>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Target {
    /// How far a value is from its target: 1 is just met, 2 is missed by twice.
    fn excess(self, value: f64) -> f64 {
        match self {
            Self::AtMost(most) => value / most,
            Self::AtLeast(least) => least / value,
        }
    }
}

/// The figures of one bench.
#[derive(Debug)]
pub(super) struct Figures {
    bench: &'static str,
    params: Value,
    figures: Vec<Figure>,
}

impl Figures {
    /// None yet.
    pub(super) fn new(bench: &'static str, params: Value) -> Self {
        Self {
            bench,
            params,
            figures: Vec::new(),
        }
    }

    /// Adds one.
    pub(super) fn add(
        &mut self,
        metric: &'static str,
        value: f64,
        unit: &'static str,
        n: usize,
        target: Option<Target>,
    ) {
        self.figures.push(Figure {
            metric,
            value,
            unit,
            n,
            target,
        });
    }

    /// Whether no target is missed by more than twice its size.
    pub(super) fn bearable(&self) -> bool {
        let excess = |figure: &Figure| figure.target.map(|target| target.excess(figure.value));
        self.figures
            .iter()
            .filter_map(excess)
            .all(|excess| excess <= BEARABLE)
    }

    /// Says them: a line of JSON each, or a table.
    ///
    /// # Errors
    /// When standard output is closed.
    pub(super) fn tell(&self, as_json: bool) -> Result<()> {
        let mut out = std::io::stdout().lock();
        for Figure {
            metric,
            value,
            unit,
            n,
            target,
        } in &self.figures
        {
            let value = (value * 1_000.0).round() / 1_000.0;
            if as_json {
                let mut params = self.params.clone();
                if let (Some(params), Some(target)) = (params.as_object_mut(), target) {
                    let (name, bound) = match target {
                        Target::AtMost(most) => ("target_at_most", *most),
                        Target::AtLeast(least) => ("target_at_least", *least),
                    };
                    params.insert(name.to_owned(), json!((bound * 1_000.0).round() / 1_000.0));
                    params.insert("met".to_owned(), json!(target.excess(value) <= 1.0));
                }
                let line = json!({
                    "bench": self.bench, "metric": metric, "value": value, "unit": unit, "n": n,
                    "params": params,
                });
                writeln!(out, "{line}")?;
                continue;
            }
            let target = target.map(|target| {
                let (sign, bound) = match target {
                    Target::AtMost(most) => ("≤", most),
                    Target::AtLeast(least) => ("≥", least),
                };
                let excess = target.excess(value);
                let verdict = if excess <= 1.0 {
                    "met".to_owned()
                } else {
                    format!("missed by {excess:.2}×")
                };
                format!("   target {sign} {bound:.1}: {verdict}")
            });
            let target = target.unwrap_or_default();
            writeln!(out, "{metric:32} {value:>12.1} {unit:4} n={n}{target}")?;
        }
        Ok(())
    }
}

/// Durations that were measured.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub(super) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value that `percent` of the samples do not exceed, in microseconds; 0 without samples.
    pub(super) fn percentile_us(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted
            .get(rank)
            .map_or(0.0, |sample| sample.as_secs_f64() * 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let mut samples = Samples::default();
        (1..=200)
            .rev()
            .for_each(|us| samples.push(Duration::from_micros(us)));
        assert_eq!(samples.percentile_us(50).round(), 100.0);
        assert_eq!(samples.percentile_us(99).round(), 198.0);
        assert_eq!(samples.percentile_us(100).round(), 200.0);
        assert_eq!(Samples::default().percentile_us(50), 0.0);
    }

    #[test]
    fn a_target_missed_by_more_than_twice_is_not_bearable() {
        let bearable = |value, target| {
            let mut figures = Figures::new("x", json!({}));
            figures.add("m", value, "us", 1, Some(target));
            figures.bearable()
        };
        assert!(bearable(200.0, Target::AtMost(100.0)));
        assert!(!bearable(201.0, Target::AtMost(100.0)));
        assert!(bearable(12.0, Target::AtLeast(24.0)));
        assert!(!bearable(11.9, Target::AtLeast(24.0)));
    }
}
