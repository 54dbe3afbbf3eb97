//! What of the past new members may read, between real cores: a rule of the community or of one channel, and a promise to
//! whoever wrote under it (§2.7).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::time::Duration;

use protocol::community::StandingHere;
use protocol::control::body::{Body, ChannelChange, History, Overwrite, PolicyChange, Scope};
use protocol::control::{Bits, CommunityId, OpId, Position};
use protocol::testing::Table;

#[path = "community/table.rs"]
mod table;
use table::{
    SOON, act, community_of, invite, join, private_channel, say, text, text_channel, texts, view,
};

const A_WHILE: Duration = Duration::from_secs(60);
const A_DAY: Duration = Duration::from_secs(24 * 3600);

fn rule(table: &mut Table, id: CommunityId, history: History) {
    let changes = vec![PolicyChange::History(history)].try_into().unwrap();
    act(table, 0, id, Body::Policy { changes });
}

fn change(table: &mut Table, id: CommunityId, channel: OpId, change: ChannelChange) {
    let changes = vec![change].try_into().unwrap();
    act(table, 0, id, Body::UpdateChannel { channel, changes });
}

fn channel(table: &mut Table, id: CommunityId, title: &str) -> OpId {
    let made = act(table, 0, id, text_channel(title, Scope::Public));
    table.pass(SOON);
    made
}

fn speak(table: &mut Table, seat: usize, place: (CommunityId, OpId), body: &str) {
    say(table, seat, place, text(body)).unwrap();
    table.pass(SOON);
}

/// One more sits down, linked with these, and comes in by an invite of the first one's.
fn newcomer(table: &mut Table, id: CommunityId, made: OpId, linked: &[usize]) -> usize {
    let _words = table.sit("Newcomer", protocol::core::Config::default());
    let seat = table.seats.len() - 1;
    for other in linked {
        table.link(seat, *other);
    }
    join(table, seat, 0, id, made);
    table.pass(A_WHILE);
    assert_eq!(view(table, seat, id).standing, StandingHere::In);
    seat
}

#[test]
fn whoever_comes_in_later_reads_all_that_was_said_under_a_full_rule_from_any_member() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    rule(&mut table, id, History::Full);
    let place = (id, channel(&mut table, id, "salon"));
    for word in ["un", "deux", "trois"] {
        speak(&mut table, 0, place, word);
    }
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    // The author is away; Ben has the keys.
    table.cut(links[0]);
    let cleo = newcomer(&mut table, id, made, &[1]);
    assert_eq!(texts(&table, cleo, place.1), ["un", "deux", "trois"]);
}

#[test]
fn what_was_said_under_a_strict_rule_stays_closed_whatever_the_rule_becomes() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben"]);
    let place = (id, channel(&mut table, id, "salon"));
    speak(&mut table, 0, place, "strict");
    rule(&mut table, id, History::Full);
    table.pass(SOON);
    speak(&mut table, 1, place, "open");
    let made = invite(&mut table, 0, id, 2);
    table.pass(SOON);
    let cleo = newcomer(&mut table, id, made, &[0, 1]);
    assert_eq!(texts(&table, cleo, place.1), ["open"]);

    // Nor is what was said under a generous one shared any more once the rule is strict, though another channel's past is
    // open, and all logs are here for that.
    rule(&mut table, id, History::SinceJoin);
    let news = channel(&mut table, id, "news");
    let full = ChannelChange::History(Some(History::Full));
    change(&mut table, id, news, full);
    table.pass(SOON);
    speak(&mut table, 1, (id, news), "news");
    table.pass(SOON);
    let dora = newcomer(&mut table, id, made, &[0, 1]);
    assert_eq!(texts(&table, dora, place.1), Vec::<String>::new());
    assert_eq!(texts(&table, dora, news), ["news"]);
}

#[test]
fn more_than_may_wait_for_keys_at_once_is_read_in_the_end() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben"]);
    rule(&mut table, id, History::Full);
    let place = (id, channel(&mut table, id, "salon"));
    let count = protocol::limits::HELD_PER_DEVICE_MAX + 100;
    for number in 0..count {
        say(&mut table, 0, place, text(&number.to_string())).unwrap();
    }
    table.pass(A_WHILE);
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    let cleo = newcomer(&mut table, id, made, &[0, 1]);
    table.pass(5 * A_WHILE);
    assert_eq!(texts(&table, cleo, place.1).len(), count);
}

#[test]
fn whoever_was_removed_and_comes_back_reads_what_was_said_meanwhile() {
    let (mut table, id, links) = community_of(&["Ana", "Ben", "Cleo"]);
    rule(&mut table, id, History::Full);
    let place = (id, channel(&mut table, id, "salon"));
    // Cleo hears what Ben says though she was removed: he does not know yet, and Ana alone has his chain's keys.
    table.cut(links[0]);
    table.cut(links[1]);
    speak(&mut table, 1, place, "before");
    let who = table.account(2);
    let kick = Body::Kick {
        who,
        cut: protocol::wire::Bounded::default(),
        invites: false,
        reason: table::name(""),
    };
    act(&mut table, 0, id, kick);
    table.link(0, 1);
    table.pass(A_WHILE);
    assert_eq!(view(&table, 2, id).standing, StandingHere::Removed);
    speak(&mut table, 1, place, "meanwhile");
    table.pass(A_WHILE);
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    join(&mut table, 2, 0, id, made);
    table.pass(A_WHILE);
    assert_eq!(view(&table, 2, id).standing, StandingHere::In);
    assert_eq!(texts(&table, 2, place.1), ["before", "meanwhile"]);
}

#[test]
fn a_role_opens_what_was_said_before_it_was_given() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben", "Cleo"]);
    let role = act(
        &mut table,
        0,
        id,
        Body::CreateRole {
            name: table::name("equipage"),
            colour: [1, 2, 3],
            position: Position(1),
            bits: Bits::NONE,
        },
    );
    let hold = act(&mut table, 0, id, private_channel("cale", id, role));
    let full = ChannelChange::History(Some(History::Full));
    change(&mut table, id, hold, full);
    table.pass(SOON);
    speak(&mut table, 0, (id, hold), "secret");
    table.pass(A_WHILE);
    assert_eq!(texts(&table, 2, hold), Vec::<String>::new());
    let who = table.account(2);
    act(&mut table, 0, id, Body::Assign { who, role });
    table.pass(SOON); // sooner than what waits is looked through anyway
    assert_eq!(texts(&table, 2, hold), ["secret"]);
    assert_eq!(texts(&table, 1, hold), Vec::<String>::new());
}

#[test]
fn days_are_counted_back_from_when_somebody_came_in() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben"]);
    rule(&mut table, id, History::Days(2));
    let place = (id, channel(&mut table, id, "salon"));
    speak(&mut table, 0, place, "long ago");
    table.pass(3 * A_DAY);
    speak(&mut table, 0, place, "lately");
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    let cleo = newcomer(&mut table, id, made, &[0, 1]);
    assert_eq!(texts(&table, cleo, place.1), ["lately"]);
    speak(&mut table, 1, place, "now");
    assert_eq!(texts(&table, cleo, place.1), ["lately", "now"]);
}

#[test]
fn a_channel_has_a_rule_of_its_own() {
    let (mut table, id, _links) = community_of(&["Ana", "Ben"]);
    let (news, salon) = (
        channel(&mut table, id, "news"),
        channel(&mut table, id, "salon"),
    );
    let full = ChannelChange::History(Some(History::Full));
    change(&mut table, id, news, full);
    table.pass(SOON);
    speak(&mut table, 0, (id, news), "for all");
    speak(&mut table, 1, (id, salon), "for us");
    let made = invite(&mut table, 0, id, 2);
    table.pass(SOON);
    let cleo = newcomer(&mut table, id, made, &[0, 1]);
    assert_eq!(texts(&table, cleo, news), ["for all"]);
    assert_eq!(texts(&table, cleo, salon), Vec::<String>::new());

    // And the other way round: all is open but this.
    rule(&mut table, id, History::Full);
    let strict = ChannelChange::History(Some(History::SinceJoin));
    change(&mut table, id, salon, strict);
    table.pass(SOON);
    speak(&mut table, 1, (id, salon), "still for us");
    let dora = newcomer(&mut table, id, made, &[0, 1]);
    assert_eq!(texts(&table, dora, salon), Vec::<String>::new());
    speak(&mut table, 0, (id, salon), "welcome");
    assert_eq!(texts(&table, dora, salon), ["welcome"]);
}

#[test]
fn history_is_handed_out_by_those_alone_who_may() {
    let (mut table, id, links) = community_of(&["Ana", "Ben"]);
    let news = channel(&mut table, id, "news");
    let everyone = Overwrite {
        role: id.founding(),
        allow: Bits::NONE,
        deny: Bits::HISTORY,
    };
    change(&mut table, id, news, ChannelChange::Overwrite(everyone));
    let full = ChannelChange::History(Some(History::Full));
    change(&mut table, id, news, full);
    table.pass(SOON);
    speak(&mut table, 0, (id, news), "for all");
    let made = invite(&mut table, 0, id, 1);
    table.pass(SOON);
    table.cut(links[0]);
    let cleo = newcomer(&mut table, id, made, &[1]);
    assert_eq!(texts(&table, cleo, news), Vec::<String>::new());
    // The owner may.
    table.link(cleo, 0);
    table.pass(A_WHILE);
    assert_eq!(texts(&table, cleo, news), ["for all"]);
}
