//! The control log: signed ops in a directed acyclic graph that say who may do what in a community without any host.
//!
//! From the ground up: [`permission`] says what bits and authorities are; [`fact`] what an op does; [`mod@dag`] admits ops
//! and knows what happened before what; `view` says who may do what given the ops that count; `authority` what each
//! op needs; `claims` remembers with what authority it was made; `decision` judges one op, and says why; `resolution` keeps a
//! whole set decided; [`log`] joins them. [`body`], [`op`] and [`invite`] are the wire, [`join_link`] an invite as text; [`intake`] checks what comes from it;
//! [`registers`] say what the community looks like. [`mod@reference`] is the specification written down as plainly as possible, for tests to compare with.
//!
//! Groups-and-security.md §2.3 as amended by A5 to A12; DECISIONS 20; `docs/decisions/0011-control-log.md`.

mod authority;
pub mod body;
mod claims;
pub mod dag;
mod decision;
pub mod fact;
#[cfg(any(test, feature = "testing"))]
pub mod histories;
pub mod icon;
pub mod intake;
#[cfg(any(test, feature = "testing"))]
pub mod invariants;
pub mod invite;
pub mod join_link;
pub mod log;
pub mod op;
pub mod permission;
pub mod posting;
#[cfg(any(test, feature = "testing"))]
pub mod reference;
pub mod registers;
mod resolution;
mod rules;
mod view;

pub use dag::{Admission, Dag, OpFault};
pub use decision::Why;
pub use fact::{Act, Admit, Fact, OpId};
pub use intake::{Control, ControlFault, LogEnding, Offered};
pub use join_link::{JoinLink, JoinLinkError};
pub use log::{ControlLog, Moment};
pub use op::{CommunityId, Header, Place, SignedHeader, UnverifiedOp};
pub use permission::{Authority, Bits, Lineage, Position};
pub use posting::{PostFault, Writer};
pub use registers::{Channel, Community, Policy, Role};
pub use resolution::Fate;
#[cfg(feature = "mutants")]
pub use rules::Omitted;
pub use rules::Rules;
pub use view::Standing;
