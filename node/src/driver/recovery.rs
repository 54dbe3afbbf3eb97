//! From a failed commit to a core that agrees with the disk: the old one is dropped, what stands behind it is answered
//! *not stored*, and a new one is made from what is durable (DECISIONS 9). There is never a core ahead of its disk.

use std::sync::Arc;
use std::time::Instant;

use protocol::persist::Snapshot;
use protocol::turn::Input;

use super::{Driver, DriverError, RETRY_MAX, Standing};
use crate::net::NetCommand;
use crate::store_thread::{StoreFault, WriteRequest};

impl Driver {
    /// The store failed: the core that ran ahead of it is dropped.
    pub(super) async fn fail(&mut self, fault: StoreFault) -> Result<(), DriverError> {
        if self.core.take().is_none() {
            return Ok(());
        }
        if !fault.passing {
            return Err(fault.into());
        }
        tracing::error!(%fault, "the store failed: starting again from what is stored");
        self.outlets.health.store_fault(Some(fault.message));
        self.wake = None;
        for link in std::mem::take(&mut self.links).into_keys() {
            self.tell_net(NetCommand::Hangup { link: link.0 }).await?;
        }
        self.outlets.health.links(0);
        self.held.drop_sends();
        self.ask_for_state().await
    }

    pub(super) async fn ask_for_state(&mut self) -> Result<(), DriverError> {
        self.standing = Standing::Settling;
        let request = WriteRequest::Restore { core: self.number };
        let sent = self.ports.store.writes.send(request).await;
        sent.map_err(|_error| DriverError::Gone("store"))
    }

    /// Everything that the last core wanted stored is durable or never will be.
    pub(super) fn settled(&mut self, snapshot: Result<Snapshot, StoreFault>) -> Result<(), DriverError> {
        self.held.reset();
        for answer in std::mem::take(&mut self.commands).into_values() {
            drop(answer.send(Err(self.not_stored())));
        }
        let snapshot = match snapshot {
            Ok(snapshot) => Some(snapshot),
            Err(fault) if fault.passing => None,
            Err(fault) => return Err(fault.into()),
        };
        self.standing = Standing::Resting {
            until: Instant::now() + self.retry,
            snapshot,
        };
        self.retry = (self.retry * 2).min(RETRY_MAX);
        Ok(())
    }

    /// Starts a new core.
    pub(super) fn begin(&mut self, snapshot: Snapshot) -> Result<(), DriverError> {
        self.core = Some((self.make_core)(snapshot)?);
        self.number += 1;
        self.standing = Standing::Running;
        self.outlets.health.restored();
        self.outlets.health.store_fault(None);
        let view = Arc::clone(&self.outlets.view.borrow());
        for farewell in view.farewells() {
            self.tell(farewell);
        }
        self.input(Input::Wake);
        Ok(())
    }
}
