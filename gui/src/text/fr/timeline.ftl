# timeline

## Header
header-back = Retour à la liste
header-here = Présent, { $count ->
    [one] sur { $count } appareil
   *[other] sur { $count } appareils
  }
header-away = Absent un moment, { $count ->
    [one] { $count } appareil à portée
   *[other] { $count } appareils à portée
  }
header-linked = À portée, { $count ->
    [one] { $count } appareil
   *[other] { $count } appareils
  }
header-out = Hors de portée ; ce que vous écrivez attend ici
header-verified = Vérifié
header-unverified = Non vérifié
header-changed = Clés changées
header-compare = Comparer les six mots ou le numéro de sécurité
header-show-details = Afficher les détails
header-hide-details = Masquer les détails
header-date = Aller à une date

## Timeline
timeline-name = Messages
timeline-bar = Position dans la conversation
timeline-new = Nouveau
timeline-begin = Votre conversation avec { $name } commence ici. Seuls vos appareils et les siens peuvent la lire.
timeline-empty = Rien n’a encore été dit avec { $name }
timeline-empty-hint = À vous d’écrire le premier message.
timeline-to-newest = Aux plus récents
timeline-came = { $count ->
    [one] { $count } nouveau message
   *[other] { $count } nouveaux messages
  }
timeline-typing = { $name } écrit…

## Keys of a contact changed
keys-changed = Les clés de { $name } ont changé
keys-changed-hint = Ce que vous écrivez attend ici jusqu’à ce que vous ayez comparé de nouveau le numéro de sécurité. { $name } a peut-être un nouvel appareil, ou quelqu’un se fait passer pour { $name }.
keys-compare = Comparer maintenant

## Messages
message-spoken = { $who }, { $time } : { $what }
message-earlier = Un message plus ancien
message-answers = En réponse à { $who } : { $what }
message-taken-back = Message repris
message-you-took-back = Vous avez repris ce message
message-they-took-back = { $name } a repris ce message
message-damaged = Ce message est abîmé sur cet appareil et ne peut pas être affiché
message-unopened = Un message de { $name } n’a pas pu être ouvert ; il a été redemandé
message-not-here = Ce message n’est pas chargé pour l’instant
message-edited = modifié
message-react = Réagir
message-reply = Répondre
message-edit = Modifier
message-more = Plus
message-copy = Copier le texte
message-copy-code = Copier le code
message-history = Versions précédentes
message-delete = Reprendre pour tout le monde
reaction-name = { $emoji }, { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
  } : { $names }

## How an own message fares
fate-nobody = attend qu’un appareil de { $name } soit connu
fate-waits = attend ici que { $name } soit à portée
fate-waits-verify = attend ici que vous ayez vérifié { $name } de nouveau
fate-on-its-way = en route
fate-some = arrivé sur { $reached } appareils sur { $of }
fate-reached = arrivé
fate-read = lu
fate-revoked = non remis : { $name } a retiré l’appareil auquel il était destiné
fate-withdrawn = non remis : { $name } a été bloqué ou retiré ici

## Before a link is opened
link-title = Ouvrir ce lien ?
link-open = Ouvrir dans le navigateur
link-copy = Copier
link-cancel = Ne pas ouvrir
link-mixed = Le nom de ce site mélange des lettres de plusieurs alphabets pour ressembler à un autre nom.
link-looks-latin = Le nom de ce site est écrit dans un autre alphabet dont les lettres ressemblent à celles de a à z.
link-says = Le texte du lien nomme { $host }. Il mène ailleurs.
link-user = « { $user } » devant le @ n’est pas le site ; le site est celui ci-dessus.
link-encoded = Les programmes écrivent ce nom { $ascii }.
link-address = Ce lien mène à une adresse nue, pas à un site qui a un nom.
link-port = Il passe par une entrée inhabituelle : le port { $port }.
link-unencrypted = Ce que vous y envoyez et y voyez peut être lu en chemin.
link-unreadable = Ce n’est pas un lien qui puisse être ouvert
link-refused = Les liens du genre « { $kind }: » ne s’ouvrent pas : ils peuvent lancer des programmes ou lire des fichiers

## Earlier versions
history-title = Versions précédentes
history-hint = Tous ceux qui ont ce message peuvent les voir.
history-now = Maintenant
history-first = D’abord
history-between = Puis

## Take a message back
delete-title = Reprendre ce message ?
delete-what-happens = Il disparaît ici, et le programme de { $name } est prié de l’effacer.
delete-limits = Une copie peut rester : il a pu être lu, copié, ou gardé par un appareil qui ne sera plus jamais à portée.
delete-do = Reprendre
delete-keep = Le garder

## Jump to a date
date-jump-title = Aller à une date
date-before = Mois précédent
date-after = Mois suivant
date-newest = Messages les plus récents

## Pictures
picture-title = Image dans la conversation avec { $name }
picture-open = Afficher l’image en grand
picture-loading = L’image est en cours de lecture…
picture-gone = L’image n’est pas sur cet appareil
picture-broken = Cette image est abîmée
picture-unknown = Ce n’est pas une image affichable
picture-too-large = Cette image est trop grande pour être affichée
attached-coming = Le fichier est en route : { $have } parties sur { $parts } sont là
attached-file = Fichier, { $size } ko

## Enregistrer un fichier
attached-save = Enregistrer
saved = Enregistré : { $what }
save-gone = Le fichier n’est pas sur cet appareil
save-failed = Le fichier n’a pas été enregistré : { $what }
