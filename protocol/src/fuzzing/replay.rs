//! The corpus of a crate's fuzz targets, replayed by its tests: each target reaches its accept path, and finds the bug
//! planted for it. Every crate with targets (`CRATE/fuzz`) has a test program that calls each of these once.
//!
//! `UPDATE_CORPUS=1` writes the inputs made from real objects. What a fuzzer found is added by hand as
//! `corpus/TARGET/found-WHAT`, with the fix.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Target, Verdict, hunt};

/// Executions within which a planted bug must be found.
const HUNT_MAX: usize = 20_000;
/// Executions of mutated inputs in every run of the tests, beside the corpus.
const STROLL: usize = 300;
/// A corpus stays small enough to replay always.
const FILES_MAX: usize = 64;
const FILE_BYTES_MAX: usize = 8 * 1024;

/// The fuzz targets of one crate and where their files lie.
#[derive(Debug)]
pub struct Home {
    /// The targets.
    pub targets: &'static [Target],
    /// `CRATE/fuzz`, with `corpus/` and `fuzz_targets/` in it.
    pub folder: PathBuf,
}

impl Home {
    /// The targets of the crate whose manifest lies in this folder.
    #[must_use]
    pub fn of(manifest_dir: &str, targets: &'static [Target]) -> Self {
        let folder = Path::new(manifest_dir).join("fuzz");
        Self { targets, folder }
    }

    /// Every input made from a real object lies in the corpus as it is made today; with `UPDATE_CORPUS=1` it is
    /// written first.
    ///
    /// # Panics
    /// If one does not.
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for the person who runs the tests; the core never sees it"
    )]
    pub fn seeds_lie_in_the_corpus(&self) {
        let update = std::env::var_os("UPDATE_CORPUS").is_some_and(|value| value == "1");
        for target in self.targets {
            for (name, input) in (target.seeds)() {
                let path = self.corpus_folder(target).join(&name);
                if update {
                    fs::create_dir_all(self.corpus_folder(target)).unwrap();
                    fs::write(&path, &input).unwrap();
                }
                let lies = fs::read(&path).is_ok_and(|bytes| bytes == input);
                assert!(
                    lies,
                    "{} is old: run this test with UPDATE_CORPUS=1",
                    path.display()
                );
            }
        }
    }

    /// Runs every input of every corpus: none is a finding, and each target accepts at least one.
    ///
    /// # Panics
    /// If one is, or a target accepts none, or a corpus is too large to replay always.
    #[expect(
        clippy::print_stdout,
        reason = "a test says how far the corpora came; shown when it fails or is asked to"
    )]
    pub fn corpora_reach_the_accept_path(&self) {
        for target in self.targets {
            let name = target.name;
            let files = self.corpus(target);
            assert!(files.len() <= FILES_MAX, "{name}: {} files", files.len());
            let mut accepted = 0;
            for (file, input) in &files {
                assert!(input.len() <= FILE_BYTES_MAX, "{name}/{file} is large");
                accepted += usize::from((target.run)(input) == Verdict::Accepted);
            }
            println!("{name}: {accepted} of {} accepted", files.len());
            assert!(accepted > 0, "{name}: no input is accepted");
        }
    }

    /// A short hunt from every corpus finds nothing.
    ///
    /// # Panics
    /// If it does.
    pub fn mutated_inputs_find_nothing(&self) {
        for target in self.targets {
            let corpus = self.inputs(target);
            let found = hunt(target.run, &corpus, [7; 32], corpus.len() + STROLL);
            assert_eq!(found, None, "{}", target.name);
        }
    }

    /// A hunt finds the planted bug of every target, by an input that is none without it.
    ///
    /// # Panics
    /// If it does not.
    #[expect(
        clippy::print_stdout,
        reason = "a test says how soon a bug is found; shown when it fails or is asked to"
    )]
    pub fn planted_bugs_are_found(&self) {
        for target in self.targets {
            let (name, bug) = (target.name, target.bug);
            let found = hunt(target.planted, &self.inputs(target), [8; 32], HUNT_MAX);
            let found = found.unwrap_or_else(|| panic!("{name} does not find: {bug}"));
            println!("{name}: after {} executions: {bug}", found.executions);
            let innocent = hunt(target.run, &[found.input], [8; 32], 1);
            assert_eq!(
                innocent, None,
                "{name}: without the planted bug it is no finding"
            );
        }
    }

    /// Every target is a program of the fuzz crate, under its name, and there is no other program.
    ///
    /// # Panics
    /// If not.
    pub fn targets_are_built_under_their_names(&self) {
        let manifest = fs::read_to_string(self.folder.join("Cargo.toml")).unwrap();
        let names: BTreeSet<_> = self
            .targets
            .iter()
            .map(|target| target.name.to_owned())
            .collect();
        let programs = self.folder.join("fuzz_targets");
        let files = fs::read_dir(&programs).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            path.file_stem().unwrap().to_string_lossy().into_owned()
        });
        assert_eq!(files.collect::<BTreeSet<_>>(), names);
        for name in names {
            let path = format!("path = \"fuzz_targets/{name}.rs\"");
            assert!(manifest.contains(&path), "{name}");
            let text = fs::read_to_string(programs.join(format!("{name}.rs"))).unwrap();
            let runs = text.contains(&format!("run(\"{name}\", input)"));
            assert!(runs, "{name} runs another target");
        }
    }

    fn corpus_folder(&self, target: &Target) -> PathBuf {
        self.folder.join("corpus").join(target.name)
    }

    /// The inputs of a target by name, in order.
    fn corpus(&self, target: &Target) -> Vec<(String, Vec<u8>)> {
        let folder = self.corpus_folder(target);
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read(&path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn inputs(&self, target: &Target) -> Vec<Vec<u8>> {
        let files = self.corpus(target).into_iter();
        files.map(|(_, input)| input).collect()
    }
}
