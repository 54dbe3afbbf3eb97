# The first start, unlocking, the 24 words, and the settings.

## Start
start-back = Back
start-continue = Continue
start-step = Step { $at } of { $of }
start-light = Light colours
start-dark = Dark colours
secret-show = Show what is typed
secret-hide = Hide what is typed
profile-copy-path = Copy the place of the profile

## Welcome
welcome-what = Talk with friends. Nothing in between.
welcome-restore = I have my 24 words
name-label = What do your friends call you?
name-hint = You can change it later.
name-shown = Others will see: { $name }
name-empty = Give a name, so that your friends know who writes.
name-long = That is too long: 32 letters at most.

## Protection
protect-title = Who can open this?
protect-hint = Your messages and keys rest on this device only.
protect-passphrase = A passphrase
protect-passphrase-hint = Asked for at each start. Without it, nobody reads what lies here.
protect-keyring = The keyring of this desktop
protect-keyring-hint = Opens by itself once you are logged in. Whoever takes the disk alone reads nothing.
protect-keyring-fault = The keyring keeps nothing right now. Unlock it, or choose a passphrase.
protect-none = No protection
protect-none-hint = Opens by itself, for everybody at this device.
protect-none-means = Whoever gets hold of this device or its disk can read your messages and write in your name. This stays visible at the foot of the window.
protect-finish = Open LesCopains
protect-finish-none = Go on without protection
protect-finish-restore = Restore my account
passphrase-label = Passphrase
passphrase-again = Once more
passphrase-empty = Type a passphrase first.
passphrase-differs = The two are not the same.
strength-hint = Four or five words that have nothing to do with each other are easy to keep and hard to guess.
strength-weak = Easy to guess
strength-fair = Holds for a while
strength-good = Hard to guess
strength-strong = Very hard to guess

## Restore
restore-title = Welcome back
restore-hint = Your 24 words bring your account to this device. Messages stay where they are.
restore-label = Your 24 words, in their order
restore-name-title = Your account is back
restore-name-hint = Give this device the name you go by.
words-count = { $count ->
    [0] Commas, numbers and new lines do not matter.
    [one] 1 word of 24
   *[other] { $count } words of 24
  }
words-unknown = Word { $position } is not on the list: “{ $word }”
words-too-many = That is { $count } words; there are 24.
words-mismatch = All words exist, but not together: one is wrong, or two are swapped.
words-good = These words belong together.

## Opening and unlocking
opening-title = One moment
opening-hint = Your profile is being opened.
opening-unlocks = The passphrase is turned into a key. This takes a moment on purpose: it slows down whoever guesses.
unlock-title = LesCopains is locked
unlock-open = Open
unlock-wrong = That passphrase does not open this profile.
unlock-forgotten = Nobody can reset it. With your 24 words you can bring your account back in an empty folder; the messages here stay closed.

## Broken
broken-title = This profile does not open
broken-advice = Nothing was deleted. Once the cause is out of the way, try again.
broken-keyring = The keyring of this desktop does not give the key to this profile. Unlock it and try again; without it, only your 24 words bring your account back.
broken-retry = Try again
broken-held = Another program has this profile open. Close it first.
broken-space = The disk is full. Make some room first.
broken-too-new = A newer version of LesCopains wrote this profile. Install that version.
broken-no-profile = There is no profile here.
broken-disk = { $file } can be neither read nor written: { $why }.
broken-damaged = { $file } is damaged. Put it back from a backup.
broken-rolled-back = { $file } lost its newest changes. Try again.
broken-foreign = { $file } is not of this profile. Put the right one back.
broken-identity = The identity of this profile cannot be used. Put back identity.a or identity.b from a backup.
broken-identity-lost = The identity of this profile is lost. Put back identity.a or identity.b from a backup, or restore your account in an empty folder with your 24 words.
broken-locked = This profile asks for a passphrase.
broken-unlocked = This profile opens without a passphrase.
broken-resources = The system refuses memory, a thread or random bytes. Try again, or restart the machine.
broken-net = The network does not start. The program says: “{ $why }”
broken-api = The local interface does not start. The program says: “{ $why }”
broken-node = The node cannot go on. It says: “{ $why }”
broken-exists = There is a profile here already. Start LesCopains again to open it.
stopped-title = LesCopains has stopped
stopped-advice = What was sent is stored. Try again; if it stops once more, keep what is said above for whoever helps you.
stopped-unknown = The node ended by itself.

## The 24 words
words-title = Your 24 words
words-what = These words are your account. If this device is lost or broken, they bring it back. Nobody can give you new ones.
words-paper = Write them on paper, in their order. No photograph, no cloud, no message to yourself.
words-thief = Until you have confirmed them, the words also rest on this device: whoever takes it unlocked has your account for good.
words-show = Show the words
words-later = Later
words-moment = One moment
words-order = Downwards, column by column. Make sure that nobody looks over your shoulder.
words-written = I wrote them down
words-check = Three of them from your paper, to be sure.
words-nth = Word { $number }
words-wrong = Another word stands there. Look at your paper once more.
words-confirm = Confirm
words-again = Show them again
words-other-account = These words are those of another account.
words-other-count = There are 24 words, not { $count }.
words-unknown-at = Word { $position } is not on the list: check its spelling.
words-not-wiped = The profile could not be written: the words may still be on this device. Try again.
words-gone = The words are gone from this device
words-gone-hint = From now on only your paper has them. Keep it where you keep what matters.

## Settings
settings-profile = Profile
settings-look = Look
settings-notifications = Notifications
settings-privacy = Privacy
settings-network = Network

## Settings: profile
profile-name = Your name
profile-name-hint = Your contacts see it at once.
profile-rename = Rename
profile-keep = Leave it
profile-link = Your contact link
profile-link-hint = Send it to a friend, by any way you trust: with it they can ask to become your contact.
profile-take-links = Open such links here
profile-copy-link = Copy the contact link
profile-account = Your account
profile-account-hint = The same on all your devices, for as long as you have your 24 words.
profile-copy-account = Copy the account
profile-words-open = Not written down yet. Without them, a lost device is a lost account.
profile-words-done = Confirmed. They no longer rest on this device.
profile-words-see = Write them down
profile-words-unprotected = This profile has no passphrase: until the words are confirmed, whoever has the disk has your account.
profile-open = Not protected
profile-keyring = Locked by the keyring of this desktop
profile-keyring-hint = The desktop keeps the key and gives it once you are logged in. If its keyring is lost, only your 24 words bring your account back.
profile-locked = Locked by a passphrase
profile-locked-hint = Keys and messages on this disk are encrypted. The passphrase is asked for at each start, and nobody can reset it.

## Another lock
relock-title = Change the lock
relock-how = LesCopains closes for a moment and opens this profile again. Backups made until now will always open as before.
relock-current = Current passphrase
relock-current-empty = Type the current passphrase first.
relock-do = Change
relock-done = This profile has another lock
relock-failed = The lock was not changed: { $why }

## Settings: look
look-theme = Colours
look-language = Language
look-system = As the system
look-dark = Dark
look-light = Light
look-size = Size of everything
look-size-now = Size of everything: { $percent } %
look-smaller = Smaller
look-larger = Larger
look-sample = This is how large text will be.
look-motion = Less motion
look-motion-hint = Nothing slides or fades.

## Settings: notifications
notify-on = Notifications
notify-on-hint = When a message or a request comes while you look elsewhere.
notify-preview = Show who writes and what
notify-preview-hint = Otherwise only that something came. Others may see your screen.
notify-sound = With a sound
notify-quiet = Quiet hours
notify-quiet-hint = Messages come in, without a word.
notify-from = From
notify-to = to

## Settings: privacy
privacy-presence = What your contacts see of you
privacy-presence-hint = Only contacts see it, and only while they are in reach.
privacy-online = Here
privacy-away = Away
privacy-invisible = Invisible
privacy-typing = Show when I write
privacy-typing-hint = The other sees that you are writing, not what.
privacy-read = Show what I have read
privacy-read-hint = The other sees how far you have read.
privacy-nearby = Visible to people nearby
privacy-nearby-hint = Strangers on the same network see your name and can ask to become your contact.

## Settings: network
network-store = Nothing can be stored right now
network-store-hint = Reading goes on; what you write waits until the disk takes it.
network-store-says = The program says: “{ $what }”
network-reach = How your contacts are reached
network-no-contacts = No contacts yet
network-in-reach = In reach, device to device: { $up } of { $all }
network-out-of-reach = Out of reach; what you write waits here
network-listening = This device listens at
network-listening-hint = A friend can dial one of these by hand.
network-nowhere = Nowhere yet
network-copy = Copy the address
network-dial = Dial an address
network-dial-hint = Where nobody is found by themselves: an address that your friend copied.
network-dialling = Calling…
network-dialled = There is a link now.
network-call = Call
network-api = Local interface for programs
network-api-hint = For this machine alone; the key lies in the profile's folder.
