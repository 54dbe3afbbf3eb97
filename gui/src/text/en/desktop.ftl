# desktop

## Program
main-no-home = HOME is not set: say --profile DIR
main-no-display = There is no display here. In a terminal, ./x demo shows LesCopains at work; lescopains-node runs without a window.
main-no-window = No window could be opened: { $why }. In a terminal, ./x demo shows LesCopains at work.

## Notifications
notice-request-from = { $name } asks to become your contact
notice-request = Somebody asks to become your contact
notice-message = A message came

links-taken = Contact links open here from now on
links-not-taken = The desktop could not be told: { $what }
