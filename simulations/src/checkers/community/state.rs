//! Members that are in reach of each other agree on who may do what: the same heads, the same state.

use super::control;
use crate::checkers::{Checker, End};

/// Compares control logs and what screens show of them.
#[derive(Debug)]
pub struct State;

impl Checker for State {
    fn name(&self) -> &'static str {
        "community_state"
    }

    fn finish(&self, end: &End<'_>) -> Result<(), String> {
        let Some(gathered) = super::Gathered::of(end)? else {
            return Ok(());
        };
        let heads = gathered.control.log().dag().heads();
        let mut state = None;
        for number in &gathered.members {
            let device = &end.devices[*number];
            let own = control(device, gathered.id).ok_or("a member has no log")?;
            if own.log().dag().heads() != heads {
                return Err(format!("d{number} has other heads than the owner"));
            }
            let view = device.screen.communities.get(&gathered.id);
            let view = view.ok_or_else(|| format!("d{number} shows no community"))?;
            let first = state.get_or_insert(view.state);
            if *first != view.state {
                return Err(format!("d{number} shows another state than the others"));
            }
        }
        Ok(())
    }
}
