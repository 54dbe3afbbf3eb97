# People: the list of conversations, requests, contacts, and being sure of them

## How somebody can be met
reach-here = Here now
reach-away = Away from the keyboard
reach-linked = In reach
reach-out = Out of reach

## The list of conversations
contacts-add = Add somebody
contacts-search = Search
contacts-requests = Requests
contacts-more-requests = { $count ->
    [one] 1 more request
   *[other] { $count } more requests
  }
contacts-typing = writes…
contacts-draft = Draft: { $text }
contacts-nothing-yet = Nothing said yet
contacts-damaged = This message is damaged
contacts-deleted = A message was taken back
contacts-own = You: { $text }
contacts-unread = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
  }
contacts-none-found = Nobody of that name
contacts-none-found-hint = Search by the name you gave or theirs
contacts-empty = No conversations yet
contacts-empty-hint = They begin with somebody you know
contacts-empty-step = Find somebody

## Requests
request-asks = asks you
request-words-coming = words on their way
request-not-reached = Not reached yet
request-answer-theirs = Their answer is awaited
request-accept-of = Accept { $name }
request-decline-of = Decline { $name }
request-withdraw-of = Withdraw the request to { $name }

## The screen of people
people-they-ask = They ask
people-asks-caption = asks to be your contact · { $account }
people-words-coming = Their device has not sent its half of the six words yet. They appear here by themselves.
people-words-same = Both screens must show the same six words, in this order:
people-words-agree = We compared them: they are the same
people-accept = Accept
people-decline = Decline
people-block = Block
people-you-asked = You asked
people-withdraw = Withdraw
people-step-asked = You asked
people-step-reached = Their device has the request
people-step-answer = They accept
people-near = Near you
people-near-none = Nobody new. Whoever opens LesCopains on this network appears here.
people-seen-as = People on this network see you as “{ $name }”.
people-unseen = People on this network do not see you. You see those who show themselves.
people-seen-change = Change
people-ask = Ask
people-ask-of = Ask { $name }
people-contacts = { $count ->
    [one] Your contact
   *[other] Your { $count } contacts
  }
people-write-to = Write to { $name }
people-blocked = Blocked
people-blocked-caption = Nothing of theirs is read
people-unblock = Unblock
people-unblock-of = Unblock { $name }
people-nobody = Nobody is here yet. There are two ways to find each other:
people-way-near = On the same network
people-way-near-how = Open LesCopains on the other machine. It appears here by itself; then one of you asks.
people-way-far = Anywhere else
people-way-far-how = Send your contact link, by mail or on paper. It says who you are; it is no secret.
people-copy-link = Copy my link
people-have-link = I have a link

## A contact
contact-open = Open the conversation
contact-petname = Give a name of your own
contact-safety = Compare the safety number
contact-block = Block
contact-remove = Remove
contact-own-name = calls themselves “{ $name }”
contact-trust = How sure this is
contact-compare = Compare
contact-devices = { $count ->
    [one] Device
   *[other] { $count } devices
  }
contact-no-device = No device has answered yet.
contact-reached = Reached directly
contact-not-reached = Out of reach: messages wait here
contact-since = Contact since
contact-account = Account
contact-copy = Copy
trust-verified = You compared their keys: this is who you think it is.
trust-unverified = Not compared yet. If somebody stood between you from the first day, you would not know.
trust-changed = Their keys changed after you compared them. Nothing is sent until you compare again.
trust-verified-short = compared
trust-changed-short = keys changed

## Comparing
safety-title = Compare with { $name }
safety-how = Sit side by side, or call { $name } and know the voice. What both screens show must be the same.
safety-words = Six words
safety-number = Safety number
safety-number-coming = The number is being computed…
safety-no-keys = None of their devices has answered yet, so there is no number.
safety-copy = Copy the number
safety-code = The safety number as a code
safety-code-how = A phone that scans this shows the number.
safety-agree = They agree
safety-differ = They differ
safety-done = You compared with { $name }: their messages come from them alone
safety-differ-title = They differ
safety-differ-means = Somebody may be reading along between you and { $name }, or one of you looked at another contact.
safety-differ-again = Make sure that both look at each other, and compare once more.
safety-differ-stop = If they still differ, write nothing here that others must not read.
safety-differ-anew = Remove the contact, and ask again when you sit side by side on one network.
safety-back = Compare once more

## Blocking and removing
confirm-block-title = Block { $name }?
confirm-block-reads = Nothing of theirs is read any more, from any of their devices.
confirm-waiting = What still waits here for { $name } is not sent.
confirm-block-untold = They are not told.
confirm-block-undo = You can unblock among people. Then the two of you begin again with a request.
confirm-remove-title = Remove { $name }?
confirm-remove-list = { $name } leaves your contacts; neither of you reaches the other any more.
confirm-remove-stays = What you wrote each other stays on this device, and shows again should you be contacts again.
confirm-remove-undo = To be contacts again, one of you asks and the other accepts.
confirm-keep = Keep as it is
confirm-blocked = { $name } is blocked
confirm-removed = { $name } is no longer a contact

## A name of your own
petname-title = A name of your own
petname-how = They call themselves “{ $name }”. Your name for them is seen on this device only.
petname-field = Name
petname-empty = Empty: their own name
petname-keep = Keep
petname-cancel = Cancel

## Adding somebody
add-their-link = Their contact link
add-asked = Asked. It goes out as soon as their device is in reach.
add-picture = A picture of their code
add-picture-path = Path of the picture
add-picture-how = Drop a picture on this window, name its file, or take it from the clipboard
add-looking = Looking…
add-found = A code was found; it stands in the field above
add-read = Look in the file
add-clipboard = From the clipboard
add-own-link = Your own link
add-own-how = Whoever has it can ask you. It is no secret.
add-own-code = Your contact link as a code
scan-broken = Looking for a code failed. Another picture may work.
scan-no-clipboard = The clipboard cannot be reached.
scan-clipboard-empty = There is no picture on the clipboard.
scan-no-file = There is no such file, or it cannot be read.
scan-nothing = There is no code in this picture. Take it straight from above, with its white edge.
scan-unreadable = There is a code, but it is too blurred or cut off to be read.

## Contact links
link-empty = It begins with “lescopains:c/1/”
link-good = A contact link of the account { $account }…
link-own = This is your own link. Send it to somebody, and put theirs here.
link-known = { $name } is among your contacts already.
link-asked = You asked { $name } already. The request stands among people.
link-blocked = You blocked { $name }. Unblock among people first.
link-foreign = This is no LesCopains link: those begin with “lescopains:c/1/”.
link-no-start = The beginning is missing: a link starts with “lescopains:c/1/”.
link-other-kind = A LesCopains link, but not to a person.
link-invite = This is an invite into a community, not a contact link.
link-version = This link has version { $found }; this program knows version 1. A newer one can read it.
link-cut = { $missing ->
    [one] The end is missing: at least 1 more character ({ $lost }). Copy the whole line.
   *[other] The end is missing: at least { $missing } more characters ({ $lost }). Copy the whole line.
  }
link-lost-everything = all of the identity
link-lost-identity = a part of the identity
link-lost-check = the check
link-lost-addresses = the addresses
link-long = { $extra ->
    [one] 1 character too many stands at the end.
   *[other] { $extra } characters too many stand at the end.
  }
link-character = “{ $character }” does not belong in a link (character { $position }).
link-checksum = A character is wrong: the check does not fit. Copy it again, or have it read to you again.
link-addresses = This link names addresses in a way that this program cannot read. A newer one can.

## Why something was not done
fault-not-stored = It could not be stored, so it did not happen. Is the disk full?
fault-busy = The program is busy. Try again in a moment.
fault-stopped = The program is stopping.
fault-unknown-contact = This person is no longer among your contacts.
fault-not-accepted = They have not accepted yet.
fault-blocked = This person is blocked. Unblock first.
fault-changed = Their keys changed. Compare the safety number first.
fault-no-request = The request is gone: they took it back.
fault-words-incomplete = The six words are not complete yet. Wait until their device is in reach.
fault-not-in-reach = They just went out of reach. Try again when they are back, or use their link.
fault-oneself = This is you.
fault-empty = It is empty.
fault-too-many-letters = It is too long: { $max } characters at most.
fault-too-many-bytes = It is too large: { $max } bytes at most.
fault-unknown-message = This message is no longer here.
fault-not-the-author = Only who wrote a message can change it.
fault-deleted = This message was taken back.
fault-full = Too much waits already. Try again when some of it is done.
fault-key-reused = This went out already with other contents. Send it again.
fault-media-type = Files of this kind are not sent.
fault-bundle = Their certificates do not verify. Nothing changed.
fault-bug = This is a mistake of this program, which says: “{ $why }”
fault-device-revoked = This device was revoked by its own account: it can read, not send.
fault-unknown-community = This community is not known here.
fault-owner = This community is yours: hand it over to another member first.
fault-unknown-role = There is no such role any more.
fault-leave = This is you: leave the community instead.
fault-unknown-member = Nobody with this account is a member of this community.
fault-not-member = You are not a member of this community.
fault-not-permitted = Your roles here do not allow this.
fault-not-possible = This is not possible here.
fault-no-keys = Somebody was removed, and the keys are being made anew. Try again in a moment.
fault-unknown-channel = There is no such channel for messages.
fault-silenced = You are silenced here for another { $minutes } min.
fault-not-a-category = Channels stand under categories, and nothing under itself.
fault-not-by-channel = No channel gives or takes this permission: a role gives it everywhere.
fault-public-channel = All members read what is public: make the channel private first.
fault-nothing = This would change nothing.
fault-own-message = This message is your own: delete it instead.
fault-not-an-emoji = A reaction is an emoji.
fault-slow-mode = Slow mode is on in this channel. You can write again in { $seconds } s.
fault-no-moderator = There is no other moderator here to report this to.
fault-unknown-report = There is no such report.
fault-comparing = This device was restored from an older state. It writes here again once it has met another member.

## What the system says of a file
system-full = the disk is full
system-denied = it is not permitted here
system-read-only = this disk can only be read
system-not-found = the file or folder does not exist
system-exists = there is a file of this name already
system-profile = it cannot be read out of the profile
system-says = the system says “{ $why }”

## Why a call by hand came to nothing
dial-no-address = This is no address that this program can call.
dial-own-address = This address leads to this very device.
dial-already-linked = There is a link with this device, or it is being made.
dial-wrong-peer = Somebody else answered at this address.
dial-too-many = Too many links are open. Try again when there are fewer.
dial-unreachable = Nobody answered at this address.
dial-not-a-link = What answered is not LesCopains.

## The line at the bottom
status-waiting = { $count ->
    [one] 1 message waits here
   *[other] { $count } messages wait here
  }
