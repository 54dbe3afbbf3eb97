# start

## Start
start-begin = Begin
unlock-open = Open
unlock-wrong = That passphrase does not open this profile
