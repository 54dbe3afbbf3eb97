//! `watch`: the event stream, one line an event.

use std::io::BufRead as _;

use node::api::model::Happening;

use super::client::Client;
use super::show::{Names, Show};
use super::{Outcome, say};

/// Shows events until the node or the person ends it.
pub(super) fn watch(
    client: &Client,
    show: &Show,
    mut names: Names,
    after: Option<&str>,
    json: bool,
) -> Outcome {
    for line in client.events(after)?.lines() {
        let line = line?;
        // Ids and names stand in lines of their own; the data says its kind itself.
        let Some(data) = line.strip_prefix("data:").map(str::trim) else {
            continue;
        };
        if json {
            say(data)?;
        } else if let Ok(happening) = serde_json::from_str::<Happening>(data) {
            names.learn(&happening);
            show.happening(&happening, &names)?;
        }
    }
    Ok(())
}
