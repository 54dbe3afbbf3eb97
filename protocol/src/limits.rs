//! Every bound of the protocol, with its reason. Documents quote these numbers, they do not invent any.

use std::time::Duration;

/// Bytes of one frame on a link. Control overhead stays small; larger things go as blobs (Part 4).
pub const FRAME_MAX: usize = 60 * 1024;
/// Bytes of UTF-8 in one message: 4,000 characters of any script.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Characters in one message, as people count them. Its author's device and its reader's both count.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Bytes of a display name: 32 characters of any script with room for one combining mark each.
pub const NAME_BYTES_MAX: usize = 128;
/// Bytes of one reaction: the longest emoji sequences in use are under 40.
pub const EMOJI_BYTES_MAX: usize = 64;
/// Reactions that one account may put on one message; more is noise.
pub const REACTIONS_PER_ACCOUNT_MAX: usize = 20;
/// Reactions kept on one message: two accounts in a private conversation, each at its limit.
pub const REACTIONS_MAX: usize = 2 * REACTIONS_PER_ACCOUNT_MAX;
/// Earlier versions of an edited message that are kept.
pub const EDITS_KEPT_MAX: usize = 20;
/// Causal parents that a message names; more concurrent heads than this do not occur between two people.
pub const SEEN_MAX: usize = 4;
/// Bytes of one inline attachment chunk: with its envelope it fits the padding bucket of 32 KiB, the largest
/// that a sealed message in a frame can have.
pub const CHUNK_BYTES_MAX: usize = 31 * 1024;
/// Bytes of one inline attachment; larger files are blobs.
pub const ATTACHMENT_BYTES_MAX: usize = 1024 * 1024;
/// Parts of one inline attachment: [`ATTACHMENT_BYTES_MAX`] ÷ [`CHUNK_BYTES_MAX`], rounded up.
pub const CHUNKS_MAX: u16 = 34;
/// Bytes of a media type: the longest registered ones are about as long.
pub const MEDIA_BYTES_MAX: usize = 64;
/// Own attachments of which some device does not have all parts: with 34 parts each and eight devices they leave a
/// tenth of [`OUTBOX_MAX`] to messages.
pub const ATTACHMENTS_WAITING_MAX: usize = 32;
/// Attachments of one contact that are not whole yet: twice the parts in flight from one device
/// ([`IN_FLIGHT_BYTES_PER_DEVICE`]), so that an honest one never loses any.
pub const UNFINISHED_PER_CONTACT_MAX: usize = 16;
/// Attachments that are not whole yet, of all contacts: 256 MiB on the disk at most.
pub const UNFINISHED_MAX: usize = 256;
/// Message ids in one acknowledgement.
pub const ACK_IDS_MAX: usize = 256;
/// Least time between two acknowledgements on one session: bounds traffic and commits.
pub const ACK_INTERVAL: Duration = Duration::from_millis(250);

/// Devices that one account may certify at a time.
pub const DEVICES_PER_ACCOUNT_MAX: usize = 8;
/// Revocations that a bundle carries.
pub const REVOKES_PER_ACCOUNT_MAX: usize = 32;
/// Bytes of an account bundle on the wire: all certificates and revocations at their limit.
pub const BUNDLE_BYTES_MAX: usize = 16 * 1024;
/// Contacts, requests and blocks of one account: all stay resident.
pub const CONTACTS_MAX: usize = 1_000;
/// Requests from strangers that wait for an answer; more are refused until some are answered.
pub const REQUESTS_PENDING_MAX: usize = 20;
/// Strangers shown as nearby at once.
pub const NEARBY_MAX: usize = 128;

/// Age of the own freshness mark at which a new one is signed.
pub const FRESH_INTERVAL: Duration = Duration::from_secs(7 * 24 * 3600);
/// How far ahead a peer's clock may be before we stop following it.
pub const FUTURE_TOLERANCE: Duration = Duration::from_secs(300);

/// Tags in one page of link authentication; always full, so that the number of contacts does not show.
pub const TAGS_PER_PAGE: usize = 64;
/// Pages of tags one side may send on one link: [`CONTACTS_MAX`] × [`DEVICES_PER_ACCOUNT_MAX`] ÷ 64.
pub const TAG_PAGES_MAX: usize = 125;
/// Devices looked at in one step of finding out whose page of tags it is: each may cost a key agreement of 35 µs, so a step
/// is far below a turn.
pub const LOOK_STEP: usize = 16;
/// Time a link may take to say hello and prove itself.
pub const LINK_AUTH_TIMEOUT: Duration = Duration::from_secs(10);
/// Links kept to one device: a second path while the first dies.
pub const LINKS_PER_DEVICE_MAX: usize = 4;
/// Links in all (connection-limits of the transport agree).
pub const LINKS_MAX: usize = 96;
/// Bytes a second that a contact may send before its link is dropped: twice what an honest sender can, with
/// [`IN_FLIGHT_BYTES_PER_DEVICE`] for each [`ACK_INTERVAL`].
pub const CONTACT_BYTES_PER_S: u64 = 2 * 1024 * 1024;
/// Burst of a contact: several full windows sent again after quick reconnects.
pub const CONTACT_BYTES_BURST: u64 = 4 * 1024 * 1024;
/// Bytes a second that a stranger may send.
pub const STRANGER_BYTES_PER_S: u64 = 16 * 1024;
/// Burst of a stranger: hello, 125 tag pages, a card and a request.
pub const STRANGER_BYTES_BURST: u64 = 160 * 1024;
/// Malformed or refused frames that a link survives; honest peers send none, so this only absorbs
/// what a version in between might do.
pub const FAULTS_PER_LINK_MAX: u32 = 8;

/// Prekey offers with one-time keys served on one link; after that the
/// last-resort offer (Prekey Pogo, arXiv 2504.07323).
pub const OFFERS_PER_LINK_MAX: u32 = 8;
/// Least time between two offers on one link: less than [`FETCH_INTERVAL`], so that honest repetitions pass.
pub const OFFER_INTERVAL: Duration = Duration::from_secs(1);
/// One-time keys handed out and not yet used; beyond it offers are last-resort.
pub const ONE_TIME_OUTSTANDING_MAX: usize = 100;
/// Time after which an unused one-time key is forgotten.
pub const ONE_TIME_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Uses of last-resort keys that are remembered: all stay resident while their key does. An honest device makes a few in a
/// month; one that makes a session for each of its messages would fill the memory. Beyond it no first message on such a
/// key is opened; at half of it the keys are replaced and the old ones forgotten with their uses, at most once an hour.
pub const LAST_RESORT_SEEN_MAX: usize = 4_096;
/// Age at which the signed and the last-resort prekey are replaced.
pub const SIGNED_PREKEY_ROTATION: Duration = Duration::from_secs(7 * 24 * 3600);
/// Time for which a replaced signed or last-resort prekey still opens first messages.
pub const SIGNED_PREKEY_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Least time between two prekey fetches toward one device.
pub const FETCH_INTERVAL: Duration = Duration::from_secs(2);
/// Least time between two session resets toward one device (DECISIONS 17).
pub const RESET_INTERVAL: Duration = Duration::from_secs(60);

/// Ciphertexts of one device and kind that nothing opened, within [`FAILURES_WINDOW`], after which its next ones
/// are dropped unread: a forged one costs up to 30 ms before its MAC is checked.
pub const FAILURES_MAX: u32 = 32;
/// See [`FAILURES_MAX`].
pub const FAILURES_WINDOW: Duration = Duration::from_secs(10);

/// Own messages that wait for acknowledgement, all devices together: all stay resident.
pub const OUTBOX_MAX: usize = 10_000;
/// Own sender chains toward one audience of a community that wait for one device: one is the present one. What an older one
/// opens is asked for by entry.
pub const CHAINS_WAITING_MAX: usize = 4;
/// Secrets of epochs of a community that wait for one device: as many as an epoch may follow; others are asked for.
pub const SECRETS_WAITING_MAX: usize = 8;
/// Answers with keys of entries of a community that wait for one device: whoever asks is in reach, and asks again.
pub const SHARES_WAITING_MAX: usize = 16;
/// Keys of all communities that wait, beside words: some for each of 4,000 devices, some six megabytes. With more, each new one
/// takes the place of the oldest for its device.
pub const KEYS_WAITING_MAX: usize = 20_000;
/// Ciphertexts in flight to one device: far below the 2,000 skipped keys that libsignal keeps.
pub const IN_FLIGHT_PER_DEVICE_MAX: usize = 256;
/// Bytes of ciphertext in flight to one device: paces a backlog to about 1 MiB/s.
pub const IN_FLIGHT_BYTES_PER_DEVICE: usize = 256 * 1024;
/// First wait before an unacknowledged ciphertext is sent again on a link that is up.
pub const RESEND_FIRST: Duration = Duration::from_secs(3);
/// Ciphertexts encrypted in one step of a flush: with a commit behind each step, not behind each message.
pub const FLUSH_STEP: usize = 32;
/// Hashes of acknowledgements kept to know a reset of one of them.
pub const ACK_HASHES_KEPT: usize = 16;
/// Hashes of opened acknowledgements kept by device, to know a repetition: with [`ACK_INTERVAL`] those of 16 s.
pub const ACKS_HEARD_KEPT: usize = 64;
/// First and longest wait between two tries of the addresses in a contact or invite link.
pub const DIAL_FIRST: Duration = Duration::from_secs(1);
/// See [`DIAL_FIRST`].
pub const DIAL_MAX: Duration = Duration::from_secs(300);
/// Longest wait between two sendings of the same ciphertext.
pub const RESEND_MAX: Duration = Duration::from_secs(60);

/// Effects (edits, deletions, reactions) kept while their target is unknown: all stay resident.
pub const PENDING_EFFECTS_MAX: usize = 1_024;
/// Of these, effects of one contact: what one device may have in flight, for a message that is overtaken arrives within
/// that window. Nobody takes the room of all others.
pub const PENDING_PER_CONTACT_MAX: usize = IN_FLIGHT_PER_DEVICE_MAX;
/// Effects of one contact kept for one unknown target.
pub const PENDING_PER_TARGET_MAX: usize = 64;

/// How long a contact believes that somebody is there, or away, unless told again (DECISIONS 39).
pub const PRESENCE_TTL: Duration = Duration::from_secs(60);
/// When presence is told again: with [`PRESENCE_JITTER`] still ten seconds before it would be forgotten.
pub const PRESENCE_REFRESH: Duration = Duration::from_secs(40);
/// What is drawn and added to [`PRESENCE_REFRESH`], so that refreshes spread.
pub const PRESENCE_JITTER: Duration = Duration::from_secs(10);
/// How long a contact believes that somebody writes, unless told again (DECISIONS 39).
pub const TYPING_TTL: Duration = Duration::from_secs(6);
/// Least time between two typing frames to one contact: half of [`TYPING_TTL`], so that one may be late.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);
/// Presence and typing frames of one device that are looked at within [`SIGNS_WINDOW`]: an honest one sends one each
/// three seconds, and some more when its person changes their mind. What is passed over comes again with the refresh.
pub const SIGNS_MAX: u32 = 20;
/// See [`SIGNS_MAX`].
pub const SIGNS_WINDOW: Duration = Duration::from_secs(10);

/// Bytes of a note: a message of [`TEXT_CHARS_MAX`] that is not sent yet, in any script.
pub const NOTE_BYTES_MAX: usize = 16 * 1024;

/// Unread messages that are counted; "100 or more" is as good to know.
pub const UNREAD_MAX: usize = 100;
/// Places looked at to count them: own messages among the others' cost as much to read.
pub const UNREAD_SCAN_MAX: usize = 500;

/// Rows kept in memory beside those that a batch in flight pins.
pub const RESIDENT_ROWS_MAX: usize = 2_048;
/// Jobs that wait for rows or for their turn, per peer device; more are dropped and come again.
pub const LANE_JOBS_MAX: usize = 512;
/// Commands that wait for rows; more are refused as busy.
pub const COMMANDS_WAITING_MAX: usize = 256;
/// Batches handed to the store and not yet durable.
pub const BATCHES_IN_FLIGHT_MAX: usize = 2;
/// Work of one `handle`, in microseconds of estimated cost (DECISIONS 10).
pub const TURN_COST_MAX_US: u32 = 2_000;
/// Turns that make a batch a busy one: several people or programs write at once, so its successor may gather.
/// A person alone, acknowledgements included, stays below.
pub const GATHER_FROM_TURNS: u32 = 4;
/// Longest time for which a batch after a busy one gathers writes before it is handed out: about a commit on a good
/// disk, so that a message waits at most twice as long as it has to.
pub const GATHER_TIME: Duration = Duration::from_millis(8);
/// Turns after which a gathering batch is handed out before its time: more share a commit only at the price of
/// memory that the batch pins.
pub const GATHER_TURNS_MAX: u32 = 48;
/// Longest time for which writes gather that nothing waits for: no word, acknowledgement or ratchet step of this device's
/// rests on them, so a crash only takes back what others bring again. Of a lively channel ten messages share a commit then.
pub const UNAWAITED_TIME: Duration = Duration::from_secs(2);
/// Rows that gather like this: some hundred messages, for they stay in memory until they are durable.
pub const UNAWAITED_ROWS_MAX: usize = 512;

/// Ops that a control op names as what it was made after: with more heads a device first joins them, so that an op
/// stays small (A9).
pub const CONTROL_DEPS_MAX: usize = 16;
/// How long after its end, by the clock of whoever lets somebody in, an invite still counts: as much as clocks differ.
pub const INVITE_GRACE: Duration = Duration::from_secs(600);
/// Bytes of a community's icon: 128 pixels in a square of WebP fit, and with what else it carries its op stays below
/// [`CONTROL_OP_BYTES_MAX`].
pub const ICON_BYTES_MAX: usize = 6 * 1024;
/// Greatest time for which somebody is silenced or banned, or an invite lasts, if that ends at all: a year. Whoever wants more
/// wants it for ever.
pub const LASTS_MAX: Duration = Duration::from_secs(366 * 24 * 3_600);
/// Least time of a ban that ends: one that is over at once keeps nobody out.
pub const BAN_MIN: Duration = Duration::from_millis(1);
/// Least time for which an invite may be made: one that ends at once lets nobody in.
pub const INVITE_LASTS_MIN: Duration = Duration::from_secs(1);
/// Earlier states of a control log that are kept: 64 heads, each with a few states behind it.
pub const CONTROL_SNAPSHOTS_MAX: usize = 256;
/// The same of states on the way to the past of an op: two thousand ops back, one in 32.
pub const CONTROL_SNAPSHOTS_ON_THE_WAY_MAX: usize = 64;
/// Ops between two states kept of a log in which everybody sees everything: an op from a little earlier is judged
/// from there and not from the founding.
pub const CONTROL_SNAPSHOT_EVERY: usize = 32;
/// Earlier moments of a control log that are remembered as they were asked for: entries that were written at about one time
/// name one of a few, while a community changes or is torn apart one of some dozens. Each has two bits for each op, and
/// four bytes for each device.
pub const CONTROL_MOMENTS_MAX: usize = 64;
/// Bytes of a control op: the longest ban with its cut and reason is half of it.
pub const CONTROL_OP_BYTES_MAX: usize = 8 * 1024;
/// Bytes of a control op that carries a device list of up to [`BUNDLE_BYTES_MAX`].
pub const CONTROL_OP_WITH_BUNDLE_BYTES_MAX: usize = 32 * 1024;
/// Control ops of a community that wait for their past; sync brings forgotten ones again.
pub const CONTROL_PARKED_MAX: usize = 1_024;
/// Bytes of them.
pub const CONTROL_PARKED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Content logs that a control op names as its device's own: one for each time its database was lost.
pub const INCARNATIONS_SEEN_MAX: usize = 4;
/// Heads of a control log that are told at once: with more, devices that could do so join them (A9).
pub const CONTROL_HEADS_MAX: usize = 64;
/// New control ops that are taken of one member at once: more than the largest log that is measured, twice. Whoever comes in has all
/// of it from one.
pub const OPS_AT_ONCE_MAX: u32 = 20_000;
/// In the long run one in this time: a server's worth of moderators is slower.
pub const OPS_EACH: Duration = Duration::from_millis(200);
/// New control ops that are taken at once of somebody who is no member any more: what they did before they knew.
pub const FORMER_OPS_AT_ONCE_MAX: u32 = 256;
/// In the long run one in this time.
pub const FORMER_OPS_EACH: Duration = Duration::from_secs(10);
/// New entries that are taken of one author at once, whoever brings them: a past of years, for whoever comes in.
pub const ENTRIES_AT_ONCE_MAX: u32 = 20_000;
/// In the long run one in this time: twice what somebody can type, on every device of theirs.
pub const ENTRIES_EACH: Duration = Duration::from_millis(500);
/// Ops that join heads, which a device signs in one turn: each joins fifteen.
pub const MERGES_STEP: usize = 4;
/// Ops in one frame.
pub const OPS_PER_FRAME_MAX: usize = 128;
/// Bytes of ops in one frame: the rest is the frame's own.
pub const OPS_FRAME_BYTES_MAX: usize = 56 * 1024;
/// Ops that are checked in one job: each is a signature and a decision.
pub const OPS_STEP: usize = 2;
/// People who are asked into a group when it is founded: more are a community, and each costs a message to each of their devices.
pub const GROUP_PEOPLE_MAX: usize = 24;
/// Roles that a fork gives back: four to each of [`MEMBERS_MAX`]. Each is an op that whoever comes in is sent, and that the
/// founder's device signs in one turn.
pub const FORK_ROLES_GIVEN_MAX: usize = 1_000;
/// Communities of one account.
pub const COMMUNITIES_MAX: usize = 100;
/// Members of one community: as many as its keys are handed to one by one.
pub const MEMBERS_MAX: usize = 250;
/// Devices of all members of a community together.
pub const COMMUNITY_DEVICES_MAX: usize = 500;
/// Keys kept that came before their ops; of one device: a secret of an epoch, a chain, and one of each before.
pub const EARLY_KEYS_MAX: usize = 64;
/// See [`EARLY_KEYS_MAX`].
pub const EARLY_KEYS_PER_DEVICE_MAX: usize = 4;
/// Bytes of one, sealed: a chain in the first message of a session has three quarters of it.
pub const EARLY_KEY_BYTES_MAX: usize = 4_096;
/// Age at which an own sender chain is abandoned.
pub const SENDER_CHAIN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// Entries whose sender chain is not here, of one device: others are not taken yet, and sync brings them again.
pub const HELD_PER_DEVICE_MAX: usize = 4_096;
/// Effects on messages of channels that are not here, of one account: all stay resident.
pub const EARLY_PER_ACCOUNT_MAX: usize = 256;
/// Effects of one account kept for one message that is not here.
pub const EARLY_PER_TARGET_MAX: usize = 64;
/// Effects on messages of channels that are not here.
pub const EARLY_MAX: usize = 10_000;
/// Content logs of one device: one for each time that its rows were lost.
pub const LOGS_PER_DEVICE_MAX: usize = 16;
/// Content logs told of in one frame, and so of one community.
pub const LOGS_PER_FRAME_MAX: usize = 600;
/// Entries in one frame.
pub const ENTRIES_PER_FRAME_MAX: usize = 256;
/// Bytes of entries in one frame: the rest is the frame's own.
pub const ENTRIES_FRAME_BYTES_MAX: usize = 56 * 1024;
/// Entries loaded for one frame: few of them fill it.
pub const ENTRIES_LOADED_MAX: u64 = 64;
/// Entries remembered as checked, or as opened, until their rows are here: some for each device in reach that sends a page.
pub const ENTRIES_CHECKED_MAX: usize = 32;
/// Devices to which an author tells any entry at once; others have it from those.
pub const TOLD_DIRECTLY: usize = 16;
/// Devices to which it tells a small one: to hear from others costs a commit of theirs and a way for each in between.
pub const TOLD_DIRECTLY_MAX: usize = 64;
/// Bytes that an author spends on telling more than [`TOLD_DIRECTLY`]: half a second of a line of 1 Mbit/s.
pub const TOLD_DIRECTLY_BYTES: usize = 64 * 1024;
/// Devices to which a new entry is passed on at once: of a random graph with six ways on from each, one in four hundred is passed
/// over, and asks.
pub const PASSED_ON_MAX: usize = 6;
/// Least time between two times that a device is told to leave a speaker's words to others: it goes on because it found somebody
/// left out, and finding ways anew passes others over.
pub const WAYS_SAID_APART: Duration = Duration::from_secs(30);
/// How long what was said may be on its way to somebody who is said to hear it from others.
pub const PASSED_OVER_AFTER: Duration = Duration::from_millis(500);
/// How long to wait for a sender chain of a device in reach before members are asked for keys.
pub const CHAIN_WAIT: Duration = Duration::from_secs(2);
/// How long to wait for one of a device that is not: it comes if a member hands it on, and a few words may come together.
pub const CHAIN_WAIT_ELSEWHERE: Duration = Duration::from_millis(100);
/// Keys of entries in one message, and entries that are asked for at once.
pub const KEYS_PER_MESSAGE_MAX: usize = 64;
/// Keys that open entries in one turn: a millisecond and a half of work.
pub const KEYS_STEP: usize = 16;
/// Entries that are looked through for some to ask for: most may be of channels that are not this account's to read.
pub const KEYS_LOOKED_FOR_MAX: usize = 4 * KEYS_PER_MESSAGE_MAX;
/// Words that came just now, and that a question is for first: half of one, so that others are asked for as well.
pub const KEYS_ASKED_FIRST_MAX: usize = KEYS_PER_MESSAGE_MAX / 2;
/// For how many questions a word comes first: then it has waited for seconds, and nobody in reach may have its key.
pub const KEYS_ASKED_FIRST_TIMES: u8 = 4;
/// Devices that get their keys as soon as this one has them: whoever is one step further from the author asks at the same moment.
pub const KEYS_OWED_MAX: usize = 16;
/// Sender chains that are handed on with keys of entries: of as many who speak at once. More come with the next keys.
pub const HANDED_CHAINS_MAX: usize = 8;
/// How long it takes at first until it is asked for again, of another member; then twice as long each time, until
/// [`CHAIN_RETRY`]. Whoever is asked may be waiting for the same.
pub const CHAIN_RETRY_FIRST: Duration = Duration::from_millis(500);
/// How often it is asked for again at the least.
pub const CHAIN_RETRY: Duration = Duration::from_secs(10);
/// How long what comes next in a log may be on its way before it is missed.
pub const GAP_NOTICED_AFTER: Duration = Duration::from_secs(60);
/// How long what is missed in a log is waited for before what comes after it is taken in (F24).
pub const GAP_SHOWN_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// How often it is looked at whether something is still missed: clocks are set, and machines sleep.
pub const GAP_LOOKED_AFTER: Duration = Duration::from_secs(3_600);
/// How often members are asked again for what is beyond a gap.
pub const GAP_RETRY: Duration = Duration::from_secs(600);
/// How many members are asked at once.
pub const GAP_ASKED_MAX: usize = 4;
/// Beyond how many gaps each is asked at once.
pub const GAPS_ASKED_MAX: usize = 8;
/// Gaps in one log: whoever leaves out more of their own log is not heard beyond.
pub const GAPS_PER_LOG_MAX: usize = 8;
/// Entries looked at in one turn for one that a sender chain opens; the keys of the others are asked for.
pub const UNLOCKED_MAX: usize = 32;
/// Longest slow mode that is set here, in seconds: six hours. More is a channel in which nobody may write, and roles say that better;
/// what another program set holds all the same.
pub const SLOW_MODE_MAX_S: u32 = 6 * 3_600;
/// Channels of one community.
pub const CHANNELS_MAX: usize = 200;
/// Pinned messages of one channel: what people look through, and more is no choice any more. Held by whoever pins, and by what is
/// listed: the first so many by the times of the pins. Not a rule for what others say: who pinned what before whom is known to
/// nobody for certain, and two who pin the hundredth at the same moment have both done right.
pub const PINS_MAX: usize = 100;
/// Roles of one community.
pub const ROLES_MAX: usize = 64;
/// Invites of one community that count.
pub const INVITES_MAX: usize = 50;
/// How long a member that was asked to let us in may take before another one is asked.
pub const ASK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long somebody who came into a community knocks where nobody is known: by then every member has met one who knows.
pub const NEWCOMER_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Communities that one knocks for in this way: half of what is looked at of one link.
pub const NEWCOMER_KNOCKS_MAX: usize = 8;
/// How long news of a community gather before its heads are told to the members in reach.
pub const TELL_DELAY: Duration = Duration::from_millis(200);
/// The same for entries: they are told by themselves, so heads are only for those who were passed over.
pub const TELL_ENTRIES_DELAY: Duration = Duration::from_secs(2);
/// How long logs are compared with one device before another is asked as well, and for how long it is not told the same again.
pub const COMPARED_APART: Duration = Duration::from_millis(400);
/// How long a word may take to all who are in reach; whoever lacks it then does not hear it by itself.
pub const WORDS_ON_THEIR_WAY_FOR: Duration = PASSED_OVER_AFTER;
/// Words that may be on their way at once to somebody who is not behind: one second of a lively talk.
pub const WORDS_ON_THEIR_WAY_MAX: usize = 8;
/// How long changes of a community that nobody here asked for gather before they are shown.
pub const SHOW_DELAY: Duration = Duration::from_millis(50);
/// The same for how many in reach know the same: each message changes it twice, and the whole community is shown with it.
pub const SHOW_SYNC_DELAY: Duration = Duration::from_secs(2);
/// Least time between two times that a device is asked for what something that it sent waits for.
pub const ASK_AGAIN: Duration = Duration::from_secs(1);
/// How often heads are told though nothing is new; with up to half of it more.
pub const TELL_INTERVAL: Duration = Duration::from_secs(20);
/// How long to wait for the secret of an epoch before a member is asked for it.
pub const SECRET_WAIT: Duration = Duration::from_secs(2);
/// How long whoever removed somebody has for the new epoch, before others make one.
pub const REKEY_WAIT: Duration = Duration::from_secs(30);
/// Over how long the others spread, so that one is enough.
pub const REKEY_SPREAD: Duration = Duration::from_secs(20);
/// How long the secret of an epoch that is no more is kept.
pub const SECRET_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Ops of the past that a community's view shows for the audit.
pub const AUDIT_SHOWN_MAX: usize = 200;
/// Knocks of one link that are looked at within [`KNOCKS_WINDOW`]: each is compared with every invite.
pub const KNOCKS_PER_LINK_MAX: u32 = 16;
/// See [`KNOCKS_PER_LINK_MAX`].
pub const KNOCKS_WINDOW: Duration = Duration::from_secs(60);
/// Bytes of why somebody was removed: two sentences.
pub const REASON_BYTES_MAX: usize = 512;
/// Bytes of what a channel or a community is about.
pub const TOPIC_BYTES_MAX: usize = 1_024;
/// Content logs in the cut of a removal: eight devices, two incarnations each.
pub const CUT_MAX: usize = 16;
/// Fields that one op changes.
pub const CHANGES_MAX: usize = 16;
/// Roles for which a channel differs.
pub const OVERWRITES_MAX: usize = 32;
/// Roles that come with an invite.
pub const INVITE_ROLES_MAX: usize = 8;
/// People that one op confirms.
pub const CONFIRM_MAX: usize = 64;
/// Epochs that one follows: as many as partitions that rekeyed by themselves.
pub const EPOCH_PARENTS_MAX: usize = 8;
/// Removals that one epoch covers beyond its parents.
pub const COVERS_MAX: usize = 128;
/// Messages of one sender chain (D5): libsignal keeps 2,000 keys that were skipped, so none of them is ever dropped, and
/// nobody makes it work through the 25,000 that it would.
pub const SENDER_CHAIN_MESSAGES_MAX: u32 = 1_000;
/// Bytes of a distribution of a sender chain: its id, two numbers, a chain key and a signature key, measured.
pub const DISTRIBUTION_BYTES_MAX: usize = 97;
/// Bytes of a sealed key of an entry: a sender-key message over 64 bytes, measured.
pub const SEALED_KEY_BYTES_MAX: usize = 174;
/// Heads of the control log that an entry names: a client with more joins them first (A9).
pub const ENTRY_HEADS_MAX: usize = 8;
/// Bytes of an entry's ciphertext: the padding bucket of 32 KiB, which holds a chunk of [`CHUNK_BYTES_MAX`], and the tag.
pub const ENTRY_CONTENT_BYTES_MAX: usize = 32 * 1024 + 16;
/// Bytes of an entry: its header, hashes, signature and sealed key take under 1 KiB beside the ciphertext.
pub const ENTRY_BYTES_MAX: usize = 33 * 1024;
/// Messages of one report: a quarrel, or what a bot said in a minute. Whoever does more of it is reported again.
pub const REPORTED_MAX: usize = 10;
/// Entries that prove one reported message: as it was said first, and as it was changed last.
pub const REPORT_EVIDENCE_MAX: usize = 2;
/// Bytes of entries in one report: with all else that is in it, it fits the padding bucket of 32 KiB, the largest that a sealed
/// message in a frame can have. What is beyond is named only.
pub const REPORT_ENTRIES_BYTES_MAX: usize = 28 * 1024;
/// The newest entries of a log that are looked at for one that its time does not lead to: of a device whose times do not rise.
pub const REPORT_LOOKED_MAX: u64 = 64;
/// Bytes of what a reported message says that are kept: enough to judge by, and all rows stay resident.
pub const QUOTE_BYTES_MAX: usize = 1_024;
/// Reports of one account that nobody here has dealt with: more than a moderator reads of one member in a day.
pub const REPORTS_OPEN_PER_ACCOUNT_MAX: usize = 20;
/// Reports of one community that are kept, those dealt with as well while there is room: all stay resident, of 20 KiB at most.
pub const REPORTS_MAX: usize = 256;
/// People and roles that one message mentions.
pub const MENTIONS_MAX: usize = 50;
/// Messages that one op of a moderator takes away.
pub const REDACT_MAX: usize = 100;
