//! A small office network: namespaces on a switch, and nothing beyond it.
//!
//! Every member has an interface `eth0` with an IPv4 and a link-local IPv6 address, a route for
//! multicast, and no other route. The switch stands in the sandbox's own network namespace, where
//! every frame that leaves a member can be seen.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Members that fit the address plan; more than any world needs.
const MEMBERS_MAX: usize = 32;

/// Where `ip netns` keeps the names of namespaces.
const NAMES: &str = "/run/netns";

/// The network. Ends with the sandbox.
#[derive(Debug)]
pub(crate) struct Lan {
    members: usize,
}

impl Lan {
    /// Builds the network for so many members. Must run inside a sandbox.
    ///
    /// # Errors
    /// When a step is refused, with the words of the tool that refused.
    pub(crate) fn raise(members: usize) -> Result<Self> {
        if members > MEMBERS_MAX {
            bail!("{members} members do not fit the lab's network; {MEMBERS_MAX} do");
        }
        // The sandbox has its own mounts: nobody else sees this one.
        run(Command::new("mount").args(["-t", "tmpfs", "lab", "/run"]))?;
        fs::create_dir_all(NAMES).context("no place for the names of namespaces")?;
        let mut switch = String::from(
            "link add lan0 type bridge mcast_snooping 0\n\
             link set lan0 addrgenmode none\n\
             link set lan0 up\n",
        );
        for member in 0..members {
            let name = namespace(member);
            run(Command::new("ip").args(["netns", "add", &name]))?;
            switch.push_str(&format!(
                "link add p{member} type veth peer name eth0 netns {name}\n\
                 link set p{member} addrgenmode none\n\
                 link set p{member} master lan0 up\n"
            ));
        }
        batch(Command::new("ip").args(["-batch", "-"]), &switch)?;
        for member in 0..members {
            let number = member + 1;
            let inside = format!(
                "link set lo up\n\
                 link set eth0 addrgenmode none\n\
                 link set eth0 up\n\
                 addr add 10.77.0.{number}/24 dev eth0\n\
                 addr add fe80::{number:x}/64 dev eth0 nodad\n\
                 route add 224.0.0.0/4 dev eth0\n"
            );
            batch(
                Command::new("ip").args(["-n", &namespace(member), "-batch", "-"]),
                &inside,
            )?;
        }
        Ok(Self { members })
    }

    /// Puts some members on a switch of their own: nothing of theirs reaches the others, nor the other way round.
    ///
    /// # Errors
    /// When a step is refused.
    pub(crate) fn split(&self, apart: &[usize]) -> Result<()> {
        let mut lines = String::from(
            "link add lan1 type bridge mcast_snooping 0\n\
             link set lan1 addrgenmode none\n\
             link set lan1 up\n",
        );
        for member in apart {
            lines.push_str(&format!("link set p{member} master lan1\n"));
        }
        batch(Command::new("ip").args(["-batch", "-"]), &lines)
    }

    /// Puts them back.
    ///
    /// # Errors
    /// When a step is refused.
    pub(crate) fn heal(&self, apart: &[usize]) -> Result<()> {
        let mut lines = String::new();
        for member in apart {
            lines.push_str(&format!("link set p{member} master lan0\n"));
        }
        lines.push_str("link del lan1\n");
        batch(Command::new("ip").args(["-batch", "-"]), &lines)
    }

    /// Drops so many of a hundred packets that leave a member, for each of them by itself; none with 0.
    ///
    /// # Errors
    /// When `nft` is not there, or the kernel refuses.
    pub(crate) fn lose(&self, percent: u32) -> Result<()> {
        let mut rules = String::from("table inet lab\ndelete table inet lab\n");
        if percent > 0 {
            rules.push_str(&format!(
                "table inet lab {{\n\
                 chain leaves {{\n\
                 type filter hook output priority 0;\n\
                 oifname \"eth0\" numgen random mod 100 < {percent} counter drop\n\
                 }}\n\
                 }}\n"
            ));
        }
        for member in 0..self.members {
            let mut nft = at(member, Path::new("nft"));
            batch(nft.args(["-f", "-"]), &rules)
                .context("packets are dropped by nft (package nftables)")?;
        }
        Ok(())
    }

    /// Packets that were dropped since [`Self::lose`] last said how many.
    ///
    /// # Errors
    /// When `nft` does not say.
    pub(crate) fn lost(&self) -> Result<u64> {
        let mut lost = 0;
        for member in 0..self.members {
            let mut nft = at(member, Path::new("nft"));
            let output = nft.args(["list", "table", "inet", "lab"]).output()?;
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let count = said.split("counter packets ").nth(1);
            let count = count.and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
            lost += count.context("nft counts what it drops")?;
        }
        Ok(lost)
    }

    /// How many members it was built for.
    #[must_use]
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// Frames that passed the switch's ports so far, in and out, as the kernel counts them.
    ///
    /// # Errors
    /// When the kernel's table cannot be read.
    pub(crate) fn frames(&self) -> Result<u64> {
        let table = fs::read_to_string("/proc/net/dev").context("no /proc/net/dev")?;
        Ok(table.lines().filter_map(port_frames).sum())
    }
}

/// Frames in and out of one line of `/proc/net/dev`, if it is about a port or the switch.
fn port_frames(line: &str) -> Option<u64> {
    let (name, figures) = line.split_once(':')?;
    if name.trim() == "lo" {
        return None;
    }
    let figures: Vec<u64> = figures
        .split_whitespace()
        .map_while(|f| f.parse().ok())
        .collect();
    Some(figures.get(1)? + figures.get(9)?)
}

/// Name of a member's namespace.
fn namespace(member: usize) -> String {
    format!("n{member}")
}

/// A command that runs a program at a member's place.
#[must_use]
pub(crate) fn at(member: usize, program: &Path) -> Command {
    let mut command = Command::new("nsenter");
    command
        .arg(format!("--net={NAMES}/{}", namespace(member)))
        .arg("--")
        .arg(program);
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    finished(command, &output)
}

fn batch(command: &mut Command, lines: &str) -> Result<()> {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().with_context(|| format!("{command:?}"))?;
    let mut input = child.stdin.take().context("a piped input is there")?;
    input
        .write_all(lines.as_bytes())
        .with_context(|| format!("{command:?}"))?;
    drop(input);
    let output = child
        .wait_with_output()
        .with_context(|| format!("{command:?}"))?;
    finished(command, &output)
}

fn finished(command: &Command, output: &std::process::Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_ports_are_counted_and_those_of_loopback_are_not() {
        let row = |name: &str| format!("{name:>6}: 100 7 0 0 0 0 0 0 200 11 0 0 0 0 0 0");
        assert_eq!(port_frames(&row("p0")), Some(18));
        assert_eq!(port_frames(&row("lo")), None);
        assert_eq!(port_frames(" face |bytes packets errs"), None);
    }
}
