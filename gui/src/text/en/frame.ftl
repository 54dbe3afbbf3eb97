# Everything that the window says, in English. Keys say where: screen or part, then what.
# Short, exact, kind. No exclamation marks, no "please", no "sorry".

## Dates
date-today = Today
date-yesterday = Yesterday
date-long = { $weekday } { $day } { $month } { $year }
date-short = { $month }/{ $day }/{ $year }
date-monday = Monday
date-tuesday = Tuesday
date-wednesday = Wednesday
date-thursday = Thursday
date-friday = Friday
date-saturday = Saturday
date-sunday = Sunday
date-january = January
date-february = February
date-march = March
date-april = April
date-may = May
date-june = June
date-july = July
date-august = August
date-september = September
date-october = October
date-november = November
date-december = December

## Status line
status-here-alone = No friend in reach
status-reached = { $count ->
    [one] 1 friend in reach
   *[other] { $count } friends in reach
  }

## Rail
rail-conversations = Conversations
rail-people = People
rail-settings = Settings
rail-with-count = { $label }, { $count }

## Toasts
toast-copied = Copied
toast-busy = The program is busy; try again
toast-prefs-not-kept = Your choice holds until you close the window; it could not be stored: { $why }

## Status, continued
status-not-stored = The disk takes nothing; reading goes on
status-unprotected = No passphrase
status-words = Write down your 24 words

## Dialogs
dialog-close = Close
