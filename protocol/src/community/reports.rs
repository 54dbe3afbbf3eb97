//! Reports: a member tells the moderators of a community about messages, and nobody else (groups-and-security.md §2.4.2).
//!
//! Moderators are those who may take messages away. A report goes to their devices one by one, in sessions, and never into a
//! log. Whom it is about gets none, also as a moderator. It names the heads of the control log by which its sender chose: so
//! whoever receives it tells a sender who knows less from one who had no right to send it. What comes is kept, bounded, until
//! the person has dealt with it; that mark is this device's own.

mod evidence;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::community::commands::{own_hall, own_hall_ref};
use crate::community::hall::Hall;
use crate::community::reach::other_devices;
use crate::community::view;
use crate::control::body::Reason;
use crate::control::{Authority, Bits, Community, CommunityId, OpId, Standing};
use crate::courier::{self, Desks, Stop, enqueue};
use crate::error::{Misbehaved, Rejected};
use crate::identity::{AccountId, DeviceId};
use crate::limits;
use crate::message::{
    CommunityMessage, Content, ConversationId, KeyMessage, MessageId, MessageRef, Report,
};
use crate::persist::{MessageContent, MessageRow, ReportRow, Row, RowKey, idempotent_id};
use crate::turn::{Context, Event, Missing, Reply};
use crate::wire::Bounded;

/// Messages that are reported.
pub type Targets = Bounded<MessageRef, { limits::REPORTED_MAX }>;

/// A report as shown to a moderator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportView {
    /// Its name: the device that sent it, and its id.
    pub id: MessageRef,
    /// All of it.
    pub row: ReportRow,
}

/// What a person reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complaint<'a> {
    /// In which channel.
    pub channel: OpId,
    /// Which messages.
    pub messages: &'a Targets,
    /// Why.
    pub reason: &'a Reason,
}

/// Whether somebody moderates: they are a member and may take away what others said.
fn moderates(community: &Community<'_>, account: &AccountId) -> bool {
    let now = community.moment();
    now.standing(account) >= Standing::Member
        && now.power(account, Bits::MANAGE_MESSAGES) != Authority::Void
}

/// Reports messages to the moderators.
///
/// # Errors
/// Outer: rows must be loaded first. Inner: why it is refused; nothing was written.
pub(super) fn report(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    complaint: Complaint<'_>,
    key: Option<&[u8]>,
) -> Result<Result<Reply, Rejected>, Missing> {
    // No message is in the conversation of a community's own name: a key for the one is none for the other.
    let place = ConversationId(id.0.0);
    let name = MessageRef {
        author: cx.local.device,
        id: match key {
            Some(key) => idempotent_id(&cx.local.idempotency_secret(), place, key),
            None => MessageId(cx.rng.bytes()),
        },
    };
    if key.is_none() {
        // Just drawn: there is nothing of that name, and the next try draws another.
        cx.resident.absent(RowKey::Message(name));
    }
    if cx.resident.message(name)?.is_some() {
        return Ok(Ok(Reply::Message(name)));
    }
    let hall = match own_hall_ref(cx, desks.halls, id) {
        Ok(hall) => hall,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let rows = match reported(cx, complaint)? {
        Ok(rows) => rows,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let about: BTreeSet<AccountId> = rows.iter().map(|(_, row)| row.account).collect();
    let to = match addressees(cx, hall, &about) {
        Ok(to) => to,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let mut proofs = Vec::new();
    for (message, row) in &rows {
        proofs.push((*message, evidence::gather(cx, hall, *message, row)?));
    }
    let messages = evidence::pack(proofs);
    let heads = match heads(cx, desks, id) {
        Ok(heads) => heads,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let report = Report {
        heads,
        channel: complaint.channel,
        reason: complaint.reason.clone(),
        messages: messages.try_into().unwrap_or_default(),
    };
    let content = Content::Community(CommunityMessage {
        id: name.id,
        community: id,
        key: KeyMessage::Report(Box::new(report)),
    });
    for (account, device) in to {
        enqueue(cx, account, device, name.id, None, &content);
    }
    let row = MessageRow {
        conversation: place,
        ..MessageRow::step(cx.local.account, cx.now.wall)
    };
    cx.put(RowKey::Message(name), Row::Message(row));
    Ok(Ok(Reply::Message(name)))
}

/// The reported messages, ascending, each once.
fn reported(
    cx: &mut Context<'_>,
    complaint: Complaint<'_>,
) -> Result<Result<Vec<(MessageRef, MessageRow)>, Rejected>, Missing> {
    let messages: BTreeSet<MessageRef> = complaint.messages.iter().copied().collect();
    let out_of_range = |field, max, actual, unit| {
        let min = 1;
        Ok(Err(Rejected::OutOfRange {
            field,
            min,
            max,
            actual,
            unit,
        }))
    };
    if messages.is_empty() {
        return out_of_range("messages", limits::REPORTED_MAX, 0, "messages");
    }
    if complaint.reason.trim().is_empty() {
        let length = complaint.reason.len();
        return out_of_range("reason", limits::REASON_BYTES_MAX, length, "bytes");
    }
    cx.resident
        .require(messages.iter().map(|message| RowKey::Message(*message)))?;
    let mut rows = Vec::new();
    for message in messages {
        let row = cx.resident.message(message)?.cloned();
        let said = row.filter(|row| {
            let is_message = matches!(
                row.content,
                MessageContent::Text { .. } | MessageContent::Deleted
            );
            is_message && row.conversation == complaint.channel.into()
        });
        match said {
            Some(row) if row.account == cx.local.account => return Ok(Err(Rejected::OwnMessage)),
            Some(row) => rows.push((message, row)),
            None => return Ok(Err(Rejected::UnknownMessage)),
        }
    }
    Ok(Ok(rows))
}

/// Devices of those who moderate now, but for whom it is about.
fn addressees(
    cx: &Context<'_>,
    hall: &Hall,
    about: &BTreeSet<AccountId>,
) -> Result<Vec<(AccountId, DeviceId)>, Rejected> {
    let now = hall.control().now();
    let mut to = other_devices(cx, hall);
    to.retain(|(account, _)| {
        *account != cx.local.account && !about.contains(account) && moderates(&now, account)
    });
    if to.is_empty() {
        return Err(Rejected::NoModerator);
    }
    if cx.resident.outbox_len().saturating_add(to.len()) > limits::OUTBOX_MAX {
        return Err(Rejected::Full { what: "messages" });
    }
    Ok(to)
}

/// The heads by which it is sent: few enough to be named.
fn heads(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
) -> Result<Bounded<OpId, { limits::ENTRY_HEADS_MAX }>, Rejected> {
    let hall = own_hall(cx, desks, id)?;
    hall.author(cx, Vec::new())?;
    let heads = hall.control().log().dag().heads();
    heads.try_into().map_err(|_many| Rejected::NoKeys)
}

/// A member reports something to this account.
///
/// # Errors
/// [`Stop::Ignored`] while ops that its sender knew are not here: it comes again. A fault if by those ops nobody had to send it
/// here, or if its evidence is false.
pub(super) fn receive(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (account, device): (AccountId, DeviceId),
    (id, name): (CommunityId, MessageId),
    report: &Report,
) -> Result<(), Stop> {
    let Some(hall) = desks.halls.get(id) else {
        return Err(Stop::Ignored);
    };
    let dag = hall.control().log().dag();
    if report.heads.iter().any(|head| !dag.contains(head)) {
        return Err(Stop::Ignored);
    }
    if !is_rightly_sent(cx, hall, (account, device), report) {
        return Err(Misbehaved::NotAllowed { frame: "report" }.into());
    }
    // What was right when it was sent may be no more: it is acknowledged, and nothing of it is kept.
    let still = own_hall_ref(cx, desks.halls, id).is_ok()
        && moderates(&hall.control().now(), &cx.local.account)
        && hall.is_member(&account);
    if !still {
        return Ok(());
    }
    let mut messages = Vec::new();
    for reported in report.messages.iter() {
        messages.push(evidence::judge(cx, hall, report.channel, reported)?);
    }
    let Some(hall) = desks.halls.halls.get_mut(&id) else {
        return Ok(());
    };
    if !make_room(cx, id, account) {
        hall.reports_dropped = hall.reports_dropped.saturating_add(1);
        view::soon(cx, id);
        return Ok(());
    }
    let row = ReportRow {
        account,
        received: cx.now.wall,
        channel: report.channel,
        reason: report.reason.clone(),
        messages: messages.try_into().unwrap_or_default(),
        resolved: None,
    };
    let name = MessageRef {
        author: device,
        id: name,
    };
    keep(cx, desks, (id, name), row, true);
    Ok(())
}

/// Whether an honest device that knew these heads sends this here.
fn is_rightly_sent(
    cx: &Context<'_>,
    hall: &Hall,
    (account, device): (AccountId, DeviceId),
    report: &Report,
) -> bool {
    let Some(then) = hall.control().at(&report.heads) else {
        return false;
    };
    let own = cx.local.account;
    let moment = then.moment();
    let sorted = report
        .messages
        .is_sorted_by(|one, next| one.message < next.message);
    let mut authors = report.messages.iter();
    let about_own = authors.any(|one| hall.control().owner_of(&one.message.author) == Some(own));
    moment.standing(&account) >= Standing::Member
        && moment.speaks(&account, &device)
        && moderates(&then, &own)
        && account != own
        && !about_own
        && sorted
        && !report.messages.is_empty()
}

/// Whether one more report of somebody is kept. What was dealt with longest ago goes first.
fn make_room(cx: &mut Context<'_>, id: CommunityId, account: AccountId) -> bool {
    let all = cx.resident.reports(id);
    let open = all
        .iter()
        .filter(|(_, row)| row.account == account && row.resolved.is_none());
    if open.count() >= limits::REPORTS_OPEN_PER_ACCOUNT_MAX {
        return false;
    }
    if all.len() < limits::REPORTS_MAX {
        return true;
    }
    let done = all
        .iter()
        .filter_map(|(name, row)| Some((row.resolved?, *name)));
    let Some((_, oldest)) = done.min() else {
        return false;
    };
    cx.remove(RowKey::Report(id, oldest));
    true
}

fn keep(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    (id, name): (CommunityId, MessageRef),
    row: ReportRow,
    new: bool,
) {
    cx.put(RowKey::Report(id, name), Row::Report(row.clone()));
    refresh(cx, desks, id);
    view::tell(cx, desks, id); // whoever hears of it finds it there
    let (community, report, row) = (id, name, Box::new(row));
    cx.event(Event::Report {
        community,
        report,
        row,
        new,
    });
}

/// Takes up what the rows say, the newest first.
pub(super) fn refresh(cx: &Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let all = cx.resident.reports(id).into_iter();
    let mut all: Vec<_> = all.map(|(id, row)| ReportView { id, row }).collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.row.received, one.id)));
    if let Some(hall) = desks.halls.halls.get_mut(&id) {
        hall.reports = Arc::new(all);
    }
}

/// The person has dealt with a report. Only this device knows.
///
/// # Errors
/// Why it is refused.
pub(super) fn resolve(
    cx: &mut Context<'_>,
    desks: &mut Desks<'_>,
    id: CommunityId,
    name: MessageRef,
) -> Result<Reply, Rejected> {
    let hall = own_hall_ref(cx, desks.halls, id)?;
    if !moderates(&hall.control().now(), &cx.local.account) {
        return Err(Rejected::NotPermitted);
    }
    let mut known = hall.reports.iter().filter(|one| one.id == name);
    let row = known.next().map(|one| one.row.clone());
    let row = row.ok_or(Rejected::UnknownReport)?;
    if row.resolved.is_none() {
        let resolved = Some(cx.now.wall);
        keep(cx, desks, (id, name), ReportRow { resolved, ..row }, false);
    }
    Ok(Reply::Message(name))
}

/// What waits for somebody who does not moderate any more is taken back: it was meant for a moderator.
pub(super) fn withdraw(cx: &mut Context<'_>, desks: &mut Desks<'_>, id: CommunityId) {
    let Some(hall) = desks.halls.get(id) else {
        return;
    };
    let now = hall.control().now();
    for device in cx.resident.outbox_devices() {
        let whose = cx.resident.peer(device).map(|peer| peer.account);
        if courier::reports(cx, device, id).next().is_some()
            && !whose.is_some_and(|account| moderates(&now, &account))
        {
            courier::forget_reports(cx, desks.courier, device, id);
        }
    }
}
