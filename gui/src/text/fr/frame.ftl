# Tout ce que dit la fenêtre, en français. Les clés disent où : l’écran ou la partie, puis quoi.
# Court, exact, aimable. Pas de point d’exclamation, pas de « veuillez », pas de « désolé ».

## Dates
date-today = Aujourd’hui
date-yesterday = Hier
date-long = { $weekday } { $day } { $month } { $year }
date-short = { $day }/{ $month }/{ $year }
date-monday = lundi
date-tuesday = mardi
date-wednesday = mercredi
date-thursday = jeudi
date-friday = vendredi
date-saturday = samedi
date-sunday = dimanche
date-january = janvier
date-february = février
date-march = mars
date-april = avril
date-may = mai
date-june = juin
date-july = juillet
date-august = août
date-september = septembre
date-october = octobre
date-november = novembre
date-december = décembre

## Ligne d’état
status-here-alone = Aucun ami à portée
status-reached = { $count ->
    [one] { $count } ami à portée
   *[other] { $count } amis à portée
  }

## Rail
rail-conversations = Conversations
rail-people = Personnes
rail-settings = Réglages
rail-with-count = { $label }, { $count }

## Toasts
toast-copied = Copié
toast-busy = Le programme est occupé ; réessayez
toast-prefs-not-kept = Votre choix vaut jusqu’à la fermeture de la fenêtre ; il n’a pas pu être enregistré : { $why }

## Status, continued
status-not-stored = Le disque n’accepte rien ; la lecture continue
status-unprotected = Sans phrase de passe
status-words = Notez vos 24 mots

## Dialogs
dialog-close = Fermer
