//! The command line: what can be said, and who does it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::text::Language;

mod attach;
mod client;
mod ctl;
mod init;
mod logs;
mod run;
mod show;
mod watch;

/// Chat between people without a server: the headless node.
#[derive(Debug, Parser)]
#[command(name = "lescopains-node", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a profile: a new account with this as its first device.
    Init(InitArgs),
    /// Say that the recovery words are written down, by typing them: they are wiped from here.
    ConfirmWords(WordsArgs),
    /// Run the node of a profile until Ctrl-C.
    Run(RunArgs),
    /// Speak to the running node of a profile.
    Ctl(ctl::CtlArgs),
}

/// How a profile is unlocked.
#[derive(Debug, Args)]
struct Unlock {
    /// File with the passphrase (`-`: standard input). One line end at its end is ignored.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// Folder of the profile; it is made if absent.
    #[arg(long, value_name = "DIR")]
    profile: PathBuf,
    /// The name that you go by.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    unlock: Unlock,
    /// No passphrase: whoever has the disk reads everything.
    #[arg(long, conflicts_with = "passphrase_file")]
    unprotected: bool,
}

#[derive(Debug, Args)]
struct WordsArgs {
    /// Folder of the profile. Its node must not be running.
    #[arg(long, value_name = "DIR")]
    profile: PathBuf,
    #[command(flatten)]
    unlock: Unlock,
    /// File with the 24 words (`-`: standard input).
    #[arg(long, value_name = "FILE", default_value = "-")]
    words_file: PathBuf,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Folder of the profile.
    #[arg(long, value_name = "DIR")]
    profile: PathBuf,
    #[command(flatten)]
    unlock: Unlock,
    /// Where the local API listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    api: SocketAddr,
    /// Multiaddress to listen at for others, instead of every interface; may be repeated.
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Address to dial at the start (a multiaddress or IP:PORT); may be repeated.
    #[arg(long, value_name = "ADDR")]
    dial: Vec<String>,
    /// Do not announce this node on the local network, nor look for others there.
    #[arg(long)]
    no_mdns: bool,
    /// Do not show name and account to strangers on the same network.
    #[arg(long)]
    hidden: bool,
}

/// Why a command ended badly, in the person's language. Printed once, by [`main`].
#[derive(Debug)]
struct Failure(String);

type Outcome = Result<(), Failure>;

impl Failure {
    fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(crate::text::capitalised(&error.to_string()))
    }
}

/// Reads the command line and does it.
pub(crate) fn main() -> ExitCode {
    let language = Language::of_environment();
    let outcome = match Cli::parse().command {
        Command::Init(args) => init::init(&args, language),
        Command::ConfirmWords(args) => init::confirm_words(&args, language),
        Command::Run(args) => run::run(args, language),
        Command::Ctl(args) => ctl::ctl(args, language),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(sentence)) => {
            let mut out = std::io::stderr().lock();
            // Nobody reads standard error: nothing is left to be said.
            drop(writeln!(out, "{sentence}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints one line for the person or program that asked.
///
/// # Errors
/// When nobody reads it any more.
fn say(line: impl std::fmt::Display) -> Outcome {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
