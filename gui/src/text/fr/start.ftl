# Le premier lancement, le déverrouillage, les 24 mots et les réglages.

## Début
start-back = Retour
start-continue = Continuer
start-step = Étape { $at } sur { $of }
start-light = Couleurs claires
start-dark = Couleurs sombres
secret-show = Montrer la saisie
secret-hide = Cacher la saisie
profile-copy-path = Copier l'emplacement du profil

## Bienvenue
welcome-what = Parlez entre amis. Rien au milieu.
welcome-restore = J'ai mes 24 mots
name-label = Comment vos amis vous appellent-ils ?
name-hint = Vous pourrez le changer plus tard.
name-shown = Les autres verront : { $name }
name-empty = Donnez un nom, pour que vos amis sachent qui écrit.
name-long = C'est trop long : 32 lettres au plus.

## Protection
protect-title = Qui peut ouvrir ceci ?
protect-hint = Vos messages et vos clés ne sont que sur cet appareil.
protect-passphrase = Une phrase secrète
protect-passphrase-hint = Demandée à chaque lancement. Sans elle, personne ne lit ce qui est ici.
protect-none = Aucune protection
protect-none-hint = S'ouvre sans rien demander, pour quiconque a l'appareil.
protect-none-means = Quiconque obtient cet appareil ou son disque peut lire vos messages et écrire en votre nom. Cela reste indiqué au bas de la fenêtre.
protect-finish = Ouvrir LesCopains
protect-finish-none = Continuer sans protection
protect-finish-restore = Restaurer mon compte
passphrase-label = Phrase secrète
passphrase-again = Encore une fois
passphrase-empty = Saisissez d'abord une phrase secrète.
passphrase-differs = Les deux ne sont pas identiques.
strength-hint = Quatre ou cinq mots sans rapport entre eux se retiennent bien et se devinent mal.
strength-weak = Facile à deviner
strength-fair = Tient un moment
strength-good = Difficile à deviner
strength-strong = Très difficile à deviner

## Restauration
restore-title = Content de vous revoir
restore-hint = Vos 24 mots amènent votre compte sur cet appareil. Les messages restent où ils sont.
restore-label = Vos 24 mots, dans l'ordre
restore-name-title = Votre compte est de retour
restore-name-hint = Donnez à cet appareil le nom que vous portez.
words-count = { $count ->
    [0] Virgules, numéros et retours à la ligne ne comptent pas.
    [one] { $count } mot sur 24
   *[other] { $count } mots sur 24
  }
words-unknown = Le mot { $position } n'est pas dans la liste : « { $word } »
words-too-many = Cela fait { $count } mots ; il y en a 24.
words-mismatch = Tous les mots existent, mais pas ensemble : l'un est faux, ou deux sont échangés.
words-good = Ces mots vont bien ensemble.

## Ouverture et déverrouillage
opening-title = Un instant
opening-hint = Votre profil s'ouvre.
opening-unlocks = La phrase secrète devient une clé. Cela prend exprès un moment : quiconque devine en est ralenti.
unlock-title = LesCopains est verrouillé
unlock-open = Ouvrir
unlock-wrong = Cette phrase secrète n'ouvre pas ce profil.
unlock-forgotten = Personne ne peut la réinitialiser. Vos 24 mots ramènent votre compte dans un dossier vide ; les messages d'ici restent fermés.

## Panne
broken-title = Ce profil ne s'ouvre pas
broken-advice = Rien n'a été effacé. Une fois la cause écartée, réessayez.
broken-retry = Réessayer
broken-held = Un autre programme a ouvert ce profil. Fermez-le d'abord.
broken-space = Le disque est plein. Faites d'abord de la place.
broken-too-new = Une version plus récente de LesCopains a écrit ce profil. Installez-la.
broken-exists = Il y a déjà un profil ici. Relancez LesCopains pour l'ouvrir.
stopped-title = LesCopains s'est arrêté
stopped-advice = Ce qui est envoyé est enregistré. Réessayez ; s'il s'arrête encore, gardez ce qui est dit ci-dessus pour qui vous aidera.
stopped-unknown = Le nœud s'est arrêté de lui-même.
