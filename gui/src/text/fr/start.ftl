# start

## Start
start-begin = Commencer
unlock-open = Ouvrir
unlock-wrong = Cette phrase secrète n'ouvre pas ce profil
