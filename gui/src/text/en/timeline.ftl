# timeline

## Header
header-back = Back to the list
header-here = There now, { $count ->
    [one] on 1 device
   *[other] on { $count } devices
  }
header-away = Away for a moment, { $count ->
    [one] 1 device in reach
   *[other] { $count } devices in reach
  }
header-linked = In reach, { $count ->
    [one] 1 device
   *[other] { $count } devices
  }
header-out = Out of reach; what you write waits here
header-verified = Verified
header-unverified = Not verified
header-changed = Keys changed
header-compare = Compare six words or the safety number
header-show-details = Show details
header-hide-details = Hide details
header-date = Jump to a date

## Timeline
timeline-name = Messages
timeline-bar = Place in the conversation
timeline-new = New
timeline-begin = This is where your conversation with { $name } begins. Only the devices of the two of you can read it.
timeline-empty = Nothing said yet with { $name }
timeline-empty-hint = The first message is yours to write.
timeline-to-newest = To the newest
timeline-came = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
  }
timeline-typing = { $name } is writing…

## Keys of a contact changed
keys-changed = The keys of { $name } have changed
keys-changed-hint = What you write waits here until you have compared the safety number again. { $name } may have a new device, or somebody may be posing as { $name }.
keys-compare = Compare now

## Messages
message-spoken = { $who }, { $time }: { $what }
message-earlier = An earlier message
message-answers = In answer to { $who }: { $what }
message-taken-back = Message taken back
message-you-took-back = You took this message back
message-they-took-back = { $name } took this message back
message-damaged = This message is damaged on this device and cannot be shown
message-unopened = A message of { $name } could not be opened; it was asked for again
message-not-here = This message is not loaded right now
message-edited = edited
message-react = React
message-reply = Reply
message-edit = Edit
message-more = More
message-copy = Copy the text
message-copy-code = Copy the code
message-history = Earlier versions
message-delete = Take back for everyone
reaction-name = { $emoji }, { $count ->
    [one] 1 person
   *[other] { $count } people
  }: { $names }

## How an own message fares
fate-nobody = waits until a device of { $name } is known
fate-waits = waits here until { $name } is in reach
fate-waits-verify = waits here until you have verified { $name } again
fate-on-its-way = on its way
fate-some = reached { $reached } of { $of } devices
fate-reached = reached
fate-read = read
fate-revoked = not delivered: { $name } removed the device it was meant for
fate-withdrawn = not delivered: { $name } was blocked or removed here

## Before a link is opened
link-title = Open this link?
link-open = Open in the browser
link-copy = Copy
link-cancel = Do not open
link-mixed = The name of this site mixes letters of several alphabets to look like another name.
link-looks-latin = The name of this site is written in another alphabet whose letters look like a to z.
link-says = The text of the link names { $host }. It leads somewhere else.
link-user = “{ $user }” before the @ is not the site; the site is the one above.
link-encoded = Programs write this name { $ascii }.
link-address = This leads to a bare address, not to a site with a name.
link-port = It uses an unusual entrance: port { $port }.
link-unencrypted = What you send and see there can be read on the way.
link-unreadable = This is not a link that can be opened
link-refused = Links of the kind “{ $kind }:” are not opened: they can start programs or read files

## Earlier versions
history-title = Earlier versions
history-hint = Everybody who has this message can see these.
history-now = Now
history-first = First
history-between = Then

## Take a message back
delete-title = Take this message back?
delete-what-happens = It disappears here, and the program of { $name } is asked to delete it.
delete-limits = A copy may remain: it may have been read, copied, or kept by a device that is never in reach again.
delete-do = Take back
delete-keep = Keep it

## Jump to a date
date-jump-title = Jump to a date
date-before = Month before
date-after = Month after
date-newest = Newest messages

## Pictures
picture-title = Picture in the conversation with { $name }
picture-open = Show the picture large
picture-loading = The picture is being read…
picture-gone = The picture is not on this device
picture-broken = This picture is damaged
picture-unknown = This is no picture that can be shown
picture-too-large = This picture is too large to be shown
attached-coming = The file is on its way: { $have } of { $parts } parts are here
attached-file = File, { $size } kB

## Saving a file
attached-save = Save
saved = Saved: { $what }
save-gone = The file is not on this device
save-failed = The file was not saved: { $what }
