# composer

## Emoji
emoji-title = Emoji
emoji-search = Search emoji
emoji-none = No emoji is called that
emoji-recent = Used last
emoji-smileys = Smileys
emoji-people = People
emoji-animals = Animals and nature
emoji-food = Food and drink
emoji-travel = Travel and places
emoji-activities = Activities
emoji-objects = Objects
emoji-symbols = Symbols
emoji-flags = Flags
emoji-tone = { $tone ->
    [0] No skin tone
    [1] Light skin
    [2] Medium-light skin
    [3] Medium skin
    [4] Medium-dark skin
   *[5] Dark skin
  }

## Writing
composer-hint = Write to { $name }
composer-send = Send (Enter)
composer-change = Change the message (Enter)
composer-emoji = Emoji (Ctrl+E)
composer-replying = Answering { $name }
composer-yourself = yourself
composer-editing = Changing a message
composer-leave-reply = Do not answer it (Escape)
composer-leave-edit = Leave it as it was (Escape)
composer-left = { $count ->
    [one] 1 character left
   *[other] { $count } characters left
  }
composer-over = { $count ->
    [one] 1 character too many: shorten it or send it in parts
   *[other] { $count } characters too many: shorten it or send it in parts
  }
composer-full = The field is full; what did not fit was left out
composer-fault = Not sent: { $why }
composer-stranger = { $name } is not among your contacts
composer-asks = { $name } asks to write to you: accept the request first
composer-asked = You can write once { $name } has accepted your request
composer-blocked = { $name } is blocked: unblock to write again
composer-changed = The keys of { $name } changed. Nothing is sent until you have compared the safety number again.

## Files
attach-drop = Let go to send it with your message
attach-preparing = Being made ready
attach-size = { $kib } KiB
attach-remove = Remove { $name }
attach-too-many = { $count } files go with one message at most
attach-too-large = { $name } is larger than 1 MiB; larger files cannot be sent yet
attach-picture-too-large = { $name } has too many pixels to be sent
attach-broken = { $name } is damaged
attach-unreadable = { $name } cannot be read
attach-empty = { $name } is empty

## Switcher
switcher-hint = Go to
switcher-none = Nobody and nothing is called that
switcher-profile = Profile
switcher-look = Look
switcher-notifications = Notifications
switcher-privacy = Privacy
switcher-network = Network

## Keyboard
keys-title = Keyboard
keys-window = Everywhere
keys-conversations = Conversations
keys-writing = Writing
keys-switcher = Go to a person or page
keys-search = Search conversations
keys-add = Add somebody
keys-settings = Settings
keys-map = This map
keys-close = Close what is open
keys-larger = Larger
keys-smaller = Smaller
keys-normal = Size of 100 %
keys-previous = Conversation above
keys-next = Conversation below
keys-previous-unread = Unread above
keys-next-unread = Unread below
keys-send = Send
keys-new-line = New line
keys-edit-last = Change your last message
keys-leave = Leave an answer or a change
keys-emoji = Pick an emoji
keys-complete = Take the emoji offered
keys-paste = Paste text or a picture
keys-cap-shift = Shift
keys-cap-enter = Enter
keys-cap-escape = Esc
