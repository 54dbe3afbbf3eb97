//! Everything that crosses the switch, kept byte for byte, to be searched afterwards.
//!
//! A packet socket in the switch's namespace sees each frame where it enters and where it leaves,
//! before any of the members' own encryption could be undone: what is readable here is readable
//! by anybody on the network.

use std::num::NonZeroU32;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, Protocol, RecvFlags, SocketType, sockopt};

/// The kernel's number for "every protocol", as it stands on the wire.
const EVERY_PROTOCOL: u32 = 0x0003_u16.to_be() as u32;

/// Room for frames that wait for us, in bytes. The kernel may grant less.
const WAITING_BYTES: usize = 4 * 1024 * 1024;

/// Largest frame: the kernel hands segments of up to 64 KiB between namespaces.
const FRAME_BYTES_MAX: usize = 80 * 1024;

/// Bytes kept in all. A run has some tens of megabytes; more is not a run any more.
const KEPT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// How often the thread looks whether it should end.
const LOOK: Duration = Duration::from_millis(100);

/// Frames in the order in which they were seen.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Frames {
    /// Appends one frame.
    pub(crate) fn push(&mut self, frame: &[u8]) {
        self.bytes.extend_from_slice(frame);
        self.ends.push(self.bytes.len());
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all of them.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .filter_map(|(start, end)| self.bytes.get(start..*end))
    }
}

/// A capture that runs.
#[derive(Debug)]
pub(crate) struct Capture {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Frames>>,
}

impl Capture {
    /// Begins to keep every frame of every interface of this network namespace.
    ///
    /// # Errors
    /// When the kernel grants no packet socket.
    pub(crate) fn start() -> Result<Self> {
        let every = NonZeroU32::new(EVERY_PROTOCOL).map(Protocol::from_raw);
        let socket = net::socket(AddressFamily::PACKET, SocketType::RAW, every)
            .context("no packet socket: the sandbox lacks the right to see its own network")?;
        // Without it we may lose frames; the caller compares with the kernel's counts.
        let granted = sockopt::set_socket_recv_buffer_size(&socket, WAITING_BYTES);
        granted.context("no room for captured frames")?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(LOOK))?;
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = std::thread::spawn(move || keep(&socket, &seen));
        Ok(Self { stop, thread })
    }

    /// Ends it and hands out what was seen.
    ///
    /// # Errors
    /// When it had failed meanwhile.
    pub(crate) fn finish(self) -> Result<Frames> {
        self.stop.store(true, Ordering::Relaxed);
        match self.thread.join() {
            Ok(frames) => frames,
            Err(_panic) => bail!("the capture broke off"),
        }
    }
}

fn keep(socket: &OwnedFd, stop: &AtomicBool) -> Result<Frames> {
    let mut frames = Frames::default();
    let mut frame = vec![0; FRAME_BYTES_MAX];
    loop {
        match net::recv(socket, frame.as_mut_slice(), RecvFlags::empty()) {
            Ok((taken, _)) => frames.push(frame.get(..taken).unwrap_or_default()),
            Err(Errno::AGAIN) if stop.load(Ordering::Relaxed) => return Ok(frames),
            // A port that goes down makes one error; the capture goes on.
            Err(Errno::AGAIN | Errno::INTR | Errno::NETDOWN) => {}
            Err(error) => return Err(error).context("the capture failed"),
        }
        if frames.bytes() > KEPT_BYTES_MAX {
            bail!("more than {KEPT_BYTES_MAX} bytes crossed the switch: something floods it");
        }
    }
}
