//! Everything that can be said about the code without running it.

use anyhow::Result;

use crate::command::{Workspace, output, run, say};
use crate::test::FIXTURES;
use crate::{deny, fuzz, tidy, worlds};

/// Groups imports; only nightly accepts these as settings, stable accepts them on the command line.
const FORMAT: [&str; 4] = [
    "--config",
    "unstable_features=true",
    "--config",
    "imports_granularity=Module,group_imports=StdExternalCrate",
];

/// The variant with deliberate faults is code too (DECISIONS 31).
pub(crate) const MUTANTS: &str = "lescopains-simulations/mutants,lescopains-node/mutants";

/// `./x lint`: stops at the first kind of complaint, the cheapest kinds first.
///
/// # Errors
/// When anything complains.
pub(crate) fn lint(workspace: &Workspace) -> Result<()> {
    say("is Cargo.lock what the manifests ask for?");
    output(&mut workspace.cargo(["metadata", "--locked", "--format-version", "1"]))?;
    need_component(workspace, "fmt", "rustfmt")?;
    for manifest in formatted(workspace) {
        run(workspace
            .cargo([
                "fmt",
                "--all",
                "--manifest-path",
                &manifest,
                "--",
                "--check",
            ])
            .args(FORMAT))?;
    }
    tidy::tidy(workspace)?;
    need_component(workspace, "clippy", "clippy")?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked"];
    let strict = ["--", "-D", "warnings"];
    run(workspace.cargo(clippy).args(strict))?;
    // The yardstick of `bench store` is in no other build; where it cannot be compiled, nobody can run it either.
    let yardstick = worlds::has_libcrypto(workspace).then_some("lescopains-simulations/sqlcipher");
    let variant: Vec<_> = [MUTANTS, FIXTURES].into_iter().chain(yardstick).collect();
    run(workspace
        .cargo(clippy)
        .args(["--features", &variant.join(",")])
        .args(strict))?;
    run(workspace
        .cargo([
            "doc",
            "--workspace",
            "--no-deps",
            "--locked",
            "--document-private-items",
        ])
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    deny::deny(workspace)?;
    say("lint: nothing to complain about");
    Ok(())
}

/// `cargo xtask fmt`: rewrites every crate, those apart from the workspace included.
///
/// # Errors
/// When rustfmt cannot read a file.
pub(crate) fn format(workspace: &Workspace) -> Result<()> {
    need_component(workspace, "fmt", "rustfmt")?;
    for manifest in formatted(workspace) {
        run(workspace
            .cargo(["fmt", "--all", "--manifest-path", &manifest, "--"])
            .args(FORMAT))?;
    }
    Ok(())
}

/// The fuzz targets and a yardstick are workspaces of their own, so cargo has to be told of all.
fn formatted(workspace: &Workspace) -> impl Iterator<Item = String> {
    let yardsticks = ["simulations/yardsticks/gossipsub"];
    let apart = fuzz::HOMES.into_iter().chain(yardsticks);
    let apart = apart.map(|home| format!("{home}/Cargo.toml"));
    ["Cargo.toml".to_owned()]
        .into_iter()
        .chain(apart)
        .filter(|manifest| workspace.root.join(manifest).exists())
}

/// A toolchain that came without rustfmt or clippy gets them from rustup.
fn need_component(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    if workspace.has_subcommand(subcommand) {
        return Ok(());
    }
    say(&format!(
        "cargo {subcommand} is missing: rustup brings {component}"
    ));
    run(workspace
        .program("rustup")
        .args(["component", "add", component]))
}
