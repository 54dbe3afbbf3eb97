# desktop

## Program
main-no-home = HOME n’est pas défini : indiquez --profile DOSSIER
main-no-display = Pas d’écran ici. Dans un terminal, ./x demo montre LesCopains à l’œuvre ; lescopains-node tourne sans fenêtre.
main-no-window = Aucune fenêtre n’a pu s’ouvrir : { $why }. Dans un terminal, ./x demo montre LesCopains à l’œuvre.

## Notifications
notice-request-from = { $name } demande à devenir votre contact
notice-request = Quelqu’un demande à devenir votre contact
notice-message = Un message est arrivé

links-taken = Les liens de contact s’ouvrent désormais ici
links-not-taken = Le bureau n’a pas pu en être informé : { $what }
