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
broken-retry = Try again
broken-held = Another program has this profile open. Close it first.
broken-space = The disk is full. Make some room first.
broken-too-new = A newer version of LesCopains wrote this profile. Install that version.
broken-exists = There is a profile here already. Start LesCopains again to open it.
stopped-title = LesCopains has stopped
stopped-advice = What was sent is stored. Try again; if it stops once more, keep what is said above for whoever helps you.
stopped-unknown = The node ended by itself.
