//! Yardsticks for real nodes (written by another hand right now).

/// Runs the bench of this name.
///
/// # Errors
/// When there is no such bench.
pub fn run(name: &str, _json: bool, _args: &[String]) -> anyhow::Result<bool> {
    anyhow::bail!("there is no bench {name}")
}
