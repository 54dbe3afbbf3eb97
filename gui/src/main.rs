//! `lescopains`: the window, with the node inside it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use gui::app::App;
use gui::backend::Setup;
use gui::desktop::keyring::OfDesktop;
use gui::platform;
use gui::prefs::Prefs;
use gui::text::{Language, Text};

/// LesCopains: chat and voice between friends, without a server.
#[derive(Debug, Parser)]
#[command(name = "lescopains", version)]
struct Cli {
    /// Folder of the profile.
    #[arg(long)]
    profile: Option<PathBuf>,
    /// Address to listen at, as a multiaddress; may be repeated.
    #[arg(long)]
    listen: Vec<String>,
    /// Look for nobody on the local network.
    #[arg(long)]
    no_mdns: bool,
    /// Address to dial at the start, as a multiaddress; may be repeated.
    #[arg(long)]
    dial: Vec<String>,
    /// A contact link to open.
    link: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,node=info,gui=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let text = Text::new(Language::from_environment());
    let variable = |name: &str| std::env::var_os(name);
    let Some(profile) = cli
        .profile
        .clone()
        .or_else(|| platform::default_profile(variable))
    else {
        eprintln!("{}", text.say("main-no-home"));
        return ExitCode::FAILURE;
    };
    if !platform::has_display(variable) {
        eprintln!("{}", text.say("main-no-display"));
        return ExitCode::FAILURE;
    }
    // A window that is open on this profile already shows itself instead.
    if gui::desktop::instance::hand_over(&profile, cli.link.as_deref()) {
        return ExitCode::SUCCESS;
    }
    match open(&cli, profile) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "{}",
                text.fill("main-no-window", [("why", error.to_string().into())])
            );
            ExitCode::FAILURE
        }
    }
}

fn open(cli: &Cli, profile: PathBuf) -> eframe::Result {
    let prefs = Prefs::load(&profile);
    let mut net = node::net::NetConfig {
        mdns: !cli.no_mdns,
        ..node::net::NetConfig::default()
    };
    if !cli.listen.is_empty() {
        net.listen.clone_from(&cli.listen);
    }
    let setup = Setup {
        profile,
        net,
        dial: cli.dial.clone(),
        visible: prefs.visible_nearby,
        keyring: Arc::new(OfDesktop),
    };
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id("lescopains")
            .with_icon(gui::desktop::icon::icon())
            .with_title("LesCopains")
            .with_inner_size([1_120.0, 740.0])
            .with_min_inner_size([360.0, 420.0]),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "lescopains",
        options,
        Box::new(|cc| {
            Ok(Box::new(App::new(
                &cc.egui_ctx,
                setup,
                prefs,
                cli.link.clone(),
            )?))
        }),
    )
}
