# Le premier lancement, le déverrouillage, les 24 mots et les réglages.

## Début
start-back = Retour
start-continue = Continuer
start-step = Étape { $at } sur { $of }
start-light = Couleurs claires
start-dark = Couleurs sombres
secret-show = Montrer la saisie
secret-hide = Cacher la saisie
profile-copy-path = Copier l’emplacement du profil

## Bienvenue
welcome-what = Parlez entre amis. Rien au milieu.
welcome-restore = J’ai mes 24 mots
name-label = Comment vos amis vous appellent-ils ?
name-hint = Vous pourrez le changer plus tard.
name-shown = Les autres verront : { $name }
name-empty = Donnez un nom, pour que vos amis sachent qui écrit.
name-long = C’est trop long : 32 lettres au plus.

## Protection
protect-title = Qui peut ouvrir ceci ?
protect-hint = Vos messages et vos clés ne sont que sur cet appareil.
protect-passphrase = Une phrase de passe
protect-passphrase-hint = Demandée à chaque lancement. Sans elle, personne ne lit ce qui est ici.
protect-keyring = Le trousseau de ce bureau
protect-keyring-hint = S’ouvre tout seul une fois votre session ouverte. Le disque seul ne livre rien.
protect-keyring-fault = Le trousseau ne garde rien pour l’instant. Déverrouillez-le, ou choisissez une phrase de passe.
protect-none = Aucune protection
protect-none-hint = S’ouvre sans rien demander, pour quiconque a l’appareil.
protect-none-means = Quiconque obtient cet appareil ou son disque peut lire vos messages et écrire en votre nom. Cela reste indiqué au bas de la fenêtre.
protect-finish = Ouvrir LesCopains
protect-finish-none = Continuer sans protection
protect-finish-restore = Restaurer mon compte
passphrase-label = Phrase de passe
passphrase-again = Encore une fois
passphrase-empty = Saisissez d’abord une phrase de passe.
passphrase-differs = Les deux ne sont pas identiques.
strength-hint = Quatre ou cinq mots sans rapport entre eux se retiennent bien et se devinent mal.
strength-weak = Facile à deviner
strength-fair = Tient un moment
strength-good = Difficile à deviner
strength-strong = Très difficile à deviner

## Restauration
restore-title = Content de vous revoir
restore-hint = Vos 24 mots amènent votre compte sur cet appareil. Les messages restent où ils sont.
restore-label = Vos 24 mots, dans l’ordre
restore-name-title = Votre compte est de retour
restore-name-hint = Donnez à cet appareil le nom que vous portez.
words-count = { $count ->
    [0] Virgules, numéros et retours à la ligne ne comptent pas.
    [one] { $count } mot sur 24
   *[other] { $count } mots sur 24
  }
words-unknown = Le mot { $position } n’est pas dans la liste : « { $word } »
words-too-many = Cela fait { $count } mots ; il y en a 24.
words-mismatch = Tous les mots existent, mais pas ensemble : l’un est faux, ou deux sont échangés.
words-good = Ces mots vont bien ensemble.

## Ouverture et déverrouillage
opening-title = Un instant
opening-hint = Votre profil s’ouvre.
opening-unlocks = La phrase de passe devient une clé. Cela prend exprès un moment : quiconque devine en est ralenti.
unlock-title = LesCopains est verrouillé
unlock-open = Ouvrir
unlock-wrong = Cette phrase de passe n’ouvre pas ce profil.
unlock-forgotten = Personne ne peut la réinitialiser. Vos 24 mots ramènent votre compte dans un dossier vide ; les messages d’ici restent fermés.

## Panne
broken-title = Ce profil ne s’ouvre pas
broken-advice = Rien n’a été effacé. Une fois la cause écartée, réessayez.
broken-keyring = Le trousseau de ce bureau ne donne pas la clé de ce profil. Déverrouillez-le et réessayez ; sans lui, seuls vos 24 mots rendent votre compte.
broken-retry = Réessayer
broken-held = Un autre programme a ouvert ce profil. Fermez-le d’abord.
broken-space = Le disque est plein. Faites d’abord de la place.
broken-too-new = Une version plus récente de LesCopains a écrit ce profil. Installez-la.
broken-no-profile = Il n’y a pas de profil ici.
broken-disk = { $file } ne peut être ni lu ni écrit : { $why }.
broken-damaged = { $file } est abîmé. Remettez-le depuis une sauvegarde.
broken-rolled-back = { $file } a perdu ses derniers changements. Réessayez.
broken-foreign = { $file } n’est pas de ce profil. Remettez le bon.
broken-identity = L’identité de ce profil est inutilisable. Remettez identity.a ou identity.b depuis une sauvegarde.
broken-identity-lost = L’identité de ce profil est perdue. Remettez identity.a ou identity.b depuis une sauvegarde, ou ramenez votre compte dans un dossier vide avec vos 24 mots.
broken-locked = Ce profil demande une phrase de passe.
broken-unlocked = Ce profil s’ouvre sans phrase de passe.
broken-resources = Le système refuse de la mémoire, un fil ou du hasard. Réessayez, ou redémarrez la machine.
broken-net = Le réseau ne démarre pas. Le programme dit : « { $why } »
broken-api = L’interface locale ne démarre pas. Le programme dit : « { $why } »
broken-node = Le nœud ne peut pas continuer. Il dit : « { $why } »
broken-exists = Il y a déjà un profil ici. Relancez LesCopains pour l’ouvrir.
stopped-title = LesCopains s’est arrêté
stopped-advice = Ce qui est envoyé est enregistré. Réessayez ; s’il s’arrête encore, gardez ce qui est dit ci-dessus pour qui vous aidera.
stopped-unknown = Le nœud s’est arrêté de lui-même.

## Les 24 mots
words-title = Vos 24 mots
words-what = Ces mots sont votre compte. Si cet appareil est perdu ou cassé, ils le ramènent. Personne ne peut vous en donner d’autres.
words-paper = Notez-les sur papier, dans l’ordre. Ni photo, ni nuage, ni message à vous-même.
words-thief = Tant que vous ne les avez pas confirmés, les mots sont aussi sur cet appareil : quiconque le prend déverrouillé a votre compte pour toujours.
words-show = Montrer les mots
words-later = Plus tard
words-moment = Un instant
words-order = De haut en bas, colonne après colonne. Vérifiez que personne ne regarde par-dessus votre épaule.
words-written = Je les ai notés
words-check = Trois d’entre eux, d’après votre papier, pour être sûr.
words-nth = Mot { $number }
words-wrong = C’est un autre mot qui s’y trouve. Regardez encore votre papier.
words-confirm = Confirmer
words-again = Les revoir
words-other-account = Ces mots sont ceux d’un autre compte.
words-other-count = Il y a 24 mots, et non { $count }.
words-unknown-at = Le mot { $position } n’est pas dans la liste : vérifiez comment il s’écrit.
words-not-wiped = Le profil n’a pas pu être écrit : les mots sont peut-être encore sur cet appareil. Réessayez.
words-gone = Les mots ont quitté cet appareil
words-gone-hint = Désormais, seul votre papier les a. Gardez-le là où vous gardez ce qui compte.

## Réglages
settings-profile = Profil
settings-look = Apparence
settings-notifications = Notifications
settings-privacy = Vie privée
settings-network = Réseau

## Réglages : profil
profile-name = Votre nom
profile-name-hint = Vos contacts le voient aussitôt.
profile-rename = Renommer
profile-keep = Laisser
profile-link = Votre lien de contact
profile-link-hint = Envoyez-le à un ami par un moyen sûr : avec lui, il peut demander à devenir votre contact.
profile-take-links = Ouvrir ces liens ici
profile-copy-link = Copier le lien de contact
profile-account = Votre compte
profile-account-hint = Le même sur tous vos appareils, tant que vous avez vos 24 mots.
profile-copy-account = Copier le compte
profile-words-open = Pas encore notés. Sans eux, un appareil perdu est un compte perdu.
profile-words-done = Confirmés. Ils ne sont plus sur cet appareil.
profile-words-see = Les noter
profile-words-unprotected = Ce profil n’a pas de phrase de passe : tant que les mots ne sont pas confirmés, quiconque a le disque a votre compte.
profile-open = Sans protection
profile-keyring = Verrouillé par le trousseau de ce bureau
profile-keyring-hint = Le bureau garde la clé et la donne une fois votre session ouverte. Si ce trousseau est perdu, seuls vos 24 mots rendent votre compte.
profile-locked = Verrouillé par une phrase de passe
profile-locked-hint = Les clés et les messages de ce disque sont chiffrés. La phrase de passe est demandée à chaque lancement, et personne ne peut la réinitialiser.

## Un autre verrou
relock-title = Changer le verrou
relock-how = LesCopains se ferme un instant, puis rouvre ce profil. Les sauvegardes faites jusqu’ici s’ouvriront toujours comme avant.
relock-current = Phrase de passe actuelle
relock-current-empty = Saisissez d’abord la phrase de passe actuelle.
relock-do = Changer
relock-done = Ce profil a un autre verrou
relock-failed = Le verrou n’a pas été changé : { $why }

## Réglages : apparence
look-theme = Couleurs
look-language = Langue
look-system = Comme le système
look-dark = Sombre
look-light = Clair
look-size = Taille de tout
look-size-now = Taille de tout : { $percent } %
look-smaller = Plus petit
look-larger = Plus grand
look-sample = Le texte aura cette taille.
look-motion = Moins de mouvement
look-motion-hint = Rien ne glisse ni ne s’estompe.

## Réglages : notifications
notify-on = Notifications
notify-on-hint = Quand un message ou une demande arrive pendant que vous regardez ailleurs.
notify-preview = Montrer qui écrit, et quoi
notify-preview-hint = Sinon, seulement que quelque chose est arrivé. D’autres voient peut-être votre écran.
notify-sound = Avec un son
notify-quiet = Heures calmes
notify-quiet-hint = Les messages arrivent, sans rien dire.
notify-from = De
notify-to = à

## Réglages : vie privée
privacy-presence = Ce que vos contacts voient de vous
privacy-presence-hint = Seuls vos contacts le voient, et seulement quand ils sont à portée.
privacy-online = Ici
privacy-away = Absent
privacy-invisible = Invisible
privacy-typing = Montrer quand j’écris
privacy-typing-hint = L’autre voit que vous écrivez, pas quoi.
privacy-read = Montrer ce que j’ai lu
privacy-read-hint = L’autre voit jusqu’où vous avez lu.
privacy-nearby = Visible pour les personnes proches
privacy-nearby-hint = Les inconnus du même réseau voient votre nom et peuvent demander à devenir votre contact.

## Réglages : réseau
network-store = Rien ne peut être enregistré en ce moment
network-store-hint = La lecture continue ; ce que vous écrivez attend que le disque l’accepte.
network-store-says = Le programme dit : « { $what } »
network-reach = Comment vos contacts sont joints
network-no-contacts = Pas encore de contacts
network-in-reach = À portée, d’appareil à appareil : { $up } sur { $all }
network-out-of-reach = Hors de portée ; ce que vous écrivez attend ici
network-listening = Cet appareil écoute à
network-listening-hint = Un ami peut appeler une de ces adresses à la main.
network-nowhere = Nulle part pour l’instant
network-copy = Copier l’adresse
network-dial = Appeler une adresse
network-dial-hint = Là où personne ne se trouve tout seul : une adresse que votre ami a copiée.
network-dialling = Appel en cours…
network-dialled = La liaison est établie.
network-call = Appeler
network-api = Interface locale pour programmes
network-api-hint = Pour cette machine seule ; la clé est dans le dossier du profil.
