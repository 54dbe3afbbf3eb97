# Personnes : liste des conversations, demandes, contacts, et comment en être sûr

## How somebody can be met
reach-here = Présent
reach-away = Absent du clavier
reach-linked = À portée
reach-out = Hors de portée

## The list of conversations
contacts-add = Ajouter quelqu’un
contacts-search = Rechercher
contacts-requests = Demandes
contacts-more-requests = { $count ->
    [one] { $count } autre demande
   *[other] { $count } autres demandes
  }
contacts-typing = écrit…
contacts-draft = Brouillon : { $text }
contacts-nothing-yet = Rien n’a encore été dit
contacts-damaged = Ce message est abîmé
contacts-deleted = Un message a été repris
contacts-own = Vous : { $text }
contacts-unread = { $count ->
    [one] { $count } nouveau message
   *[other] { $count } nouveaux messages
  }
contacts-none-found = Personne de ce nom
contacts-none-found-hint = Cherchez par le nom que vous donnez ou par le sien
contacts-empty = Pas encore de conversation
contacts-empty-hint = Tout commence avec quelqu’un que vous connaissez
contacts-empty-step = Trouver quelqu’un

## Requests
request-asks = vous demande
request-words-coming = mots en route
request-not-reached = Pas encore à portée
request-answer-theirs = Réponse attendue
request-accept-of = Accepter { $name }
request-decline-of = Refuser { $name }
request-withdraw-of = Retirer la demande à { $name }

## The screen of people
people-they-ask = On vous demande
people-asks-caption = demande à être votre contact · { $account }
people-words-coming = Son appareil n’a pas encore envoyé sa moitié des six mots. Ils apparaîtront ici d’eux-mêmes.
people-words-same = Les deux écrans doivent montrer les mêmes six mots, dans cet ordre :
people-words-agree = Nous les avons comparés : ce sont les mêmes
people-accept = Accepter
people-decline = Refuser
people-block = Bloquer
people-you-asked = Vous avez demandé
people-withdraw = Retirer
people-step-asked = Vous avez demandé
people-step-reached = Son appareil a la demande
people-step-answer = Cette personne accepte
people-near = Près de vous
people-near-none = Personne de nouveau. Qui ouvre LesCopains sur ce réseau apparaît ici.
people-seen-as = Sur ce réseau, on vous voit sous le nom « { $name } ».
people-unseen = Sur ce réseau, on ne vous voit pas. Vous voyez qui se montre.
people-seen-change = Changer
people-ask = Demander
people-ask-of = Demander à { $name }
people-contacts = { $count ->
    [one] Votre contact
   *[other] Vos { $count } contacts
  }
people-write-to = Écrire à { $name }
people-blocked = Bloqués
people-blocked-caption = Plus rien n’est lu de cette personne
people-unblock = Débloquer
people-unblock-of = Débloquer { $name }
people-nobody = Il n’y a encore personne. Deux façons de se trouver :
people-way-near = Sur le même réseau
people-way-near-how = Ouvrez LesCopains sur l’autre machine. Elle apparaît ici d’elle-même ; puis l’un de vous demande.
people-way-far = Partout ailleurs
people-way-far-how = Envoyez votre lien de contact, par courriel ou sur papier. Il dit qui vous êtes ; ce n’est pas un secret.
people-copy-link = Copier mon lien
people-have-link = J’ai un lien

## A contact
contact-open = Ouvrir la conversation
contact-petname = Lui donner un autre nom
contact-safety = Comparer le numéro de sécurité
contact-block = Bloquer
contact-remove = Supprimer
contact-own-name = se nomme « { $name } »
contact-trust = Est-ce sûr ?
contact-compare = Comparer
contact-devices = { $count ->
    [one] Appareil
   *[other] { $count } appareils
  }
contact-no-device = Aucun appareil n’a encore répondu.
contact-reached = Joint directement
contact-not-reached = Hors de portée : les messages attendent ici
contact-since = Contact depuis
contact-account = Compte
contact-copy = Copier
trust-verified = Vous avez comparé ses clés : c’est bien cette personne.
trust-unverified = Pas encore comparé. Si quelqu’un s’était glissé entre vous dès le premier jour, rien ne le montrerait.
trust-changed = Ses clés ont changé depuis la comparaison. Rien n’est envoyé avant que vous compariez de nouveau.
trust-verified-short = comparé
trust-changed-short = clés changées

## Comparing
safety-title = Comparer avec { $name }
safety-how = Côte à côte, ou au téléphone avec { $name } en reconnaissant la voix : les deux écrans doivent montrer la même chose.
safety-words = Six mots
safety-number = Numéro de sécurité
safety-number-coming = Le numéro se calcule…
safety-no-keys = Aucun de ses appareils n’a encore répondu : il n’y a pas de numéro.
safety-copy = Copier le numéro
safety-code = Le numéro de sécurité en code
safety-code-how = Un téléphone qui scanne ce code montre le numéro.
safety-agree = C’est pareil
safety-differ = C’est différent
safety-done = Comparé avec { $name } : ses messages viennent bien de cette personne
safety-differ-title = C’est différent
safety-differ-means = Quelqu’un lit peut-être entre vous et { $name }, ou l’un de vous regarde un autre contact.
safety-differ-again = Vérifiez que chacun regarde bien l’autre, et comparez encore une fois.
safety-differ-stop = Si c’est toujours différent, n’écrivez ici rien que d’autres ne doivent lire.
safety-differ-anew = Supprimez le contact, et demandez de nouveau quand vous serez côte à côte sur un même réseau.
safety-back = Comparer encore une fois

## Blocking and removing
confirm-block-title = Bloquer { $name } ?
confirm-block-reads = Plus rien n’est lu de cette personne, d’aucun de ses appareils.
confirm-waiting = Ce qui attend encore ici pour { $name } n’est pas envoyé.
confirm-block-untold = Cette personne n’en est pas avertie.
confirm-block-undo = Vous pourrez débloquer parmi les personnes. Tout recommence alors par une demande.
confirm-remove-title = Supprimer { $name } ?
confirm-remove-list = { $name } quitte vos contacts ; vous ne vous joignez plus l’un l’autre.
confirm-remove-stays = Ce que vous vous êtes écrit reste sur cet appareil, et reparaît si vous redevenez contacts.
confirm-remove-undo = Pour redevenir contacts, l’un demande et l’autre accepte.
confirm-keep = Ne rien changer
confirm-blocked = { $name } est bloqué
confirm-removed = { $name } n’est plus un contact

## A name of your own
petname-title = Un nom à vous
petname-how = Cette personne se nomme « { $name } ». Le nom que vous lui donnez n’est vu que sur cet appareil.
petname-field = Nom
petname-empty = Vide : son propre nom
petname-keep = Garder
petname-cancel = Annuler

## Adding somebody
add-their-link = Son lien de contact
add-asked = Demandé. Cela part dès que son appareil est à portée.
add-picture = Une image de son code
add-picture-path = Chemin de l’image
add-picture-how = Déposez une image sur cette fenêtre, nommez son fichier, ou prenez-la du presse-papiers
add-looking = Recherche…
add-found = Un code a été trouvé ; il est dans le champ ci-dessus
add-read = Chercher dans le fichier
add-clipboard = Du presse-papiers
add-own-link = Votre propre lien
add-own-how = Qui l’a peut vous demander. Ce n’est pas un secret.
add-own-code = Votre lien de contact en code
scan-broken = La recherche d’un code a échoué. Une autre image ira peut-être.
scan-no-clipboard = Le presse-papiers n’est pas accessible.
scan-clipboard-empty = Il n’y a pas d’image dans le presse-papiers.
scan-no-file = Ce fichier n’existe pas, ou ne peut être lu.
scan-nothing = Il n’y a pas de code dans cette image. Prenez-la bien en face, avec son bord blanc.
scan-unreadable = Il y a un code, mais trop flou ou coupé pour être lu.

## Contact links
link-empty = Il commence par « lescopains:c/1/ »
link-good = Un lien de contact, du compte { $account }…
link-own = C’est votre propre lien. Envoyez-le à quelqu’un, et mettez le sien ici.
link-known = { $name } est déjà parmi vos contacts.
link-asked = Vous avez déjà demandé à { $name }. La demande est parmi les personnes.
link-blocked = Vous avez bloqué { $name }. Débloquez d’abord, parmi les personnes.
link-foreign = Ce n’est pas un lien LesCopains : ceux-ci commencent par « lescopains:c/1/ ».
link-no-start = Le début manque : un lien commence par « lescopains:c/1/ ».
link-other-kind = Un lien LesCopains, mais pas vers une personne.
link-invite = C’est une invitation dans une communauté, pas un lien de contact.
link-version = Ce lien est de version { $found } ; ce programme connaît la version 1. Un plus récent saura le lire.
link-cut = { $missing ->
    [one] La fin manque : encore { $missing } caractère au moins ({ $lost }). Copiez toute la ligne.
   *[other] La fin manque : encore { $missing } caractères au moins ({ $lost }). Copiez toute la ligne.
  }
link-lost-everything = toute l’identité
link-lost-identity = une partie de l’identité
link-lost-check = le contrôle
link-lost-addresses = les adresses
link-long = { $extra ->
    [one] { $extra } caractère de trop se trouve à la fin.
   *[other] { $extra } caractères de trop se trouvent à la fin.
  }
link-character = « { $character } » n’a pas sa place dans un lien (caractère { $position }).
link-checksum = Un caractère est faux : le contrôle ne correspond pas. Recopiez-le, ou faites-le-vous relire.
link-addresses = Ce lien donne des adresses d’une façon que ce programme ne sait pas lire. Un plus récent saura.

## Why something was not done
fault-not-stored = Cela n’a pas pu être enregistré, donc rien n’a eu lieu. Le disque est-il plein ?
fault-busy = Le programme est occupé. Réessayez dans un instant.
fault-stopped = Le programme s’arrête.
fault-unknown-contact = Cette personne n’est plus parmi vos contacts.
fault-not-accepted = Cette personne n’a pas encore accepté.
fault-blocked = Cette personne est bloquée. Débloquez d’abord.
fault-changed = Ses clés ont changé. Comparez d’abord le numéro de sécurité.
fault-no-request = La demande n’est plus là : elle a été retirée.
fault-words-incomplete = Les six mots ne sont pas encore complets. Attendez que son appareil soit à portée.
fault-not-in-reach = Cette personne vient de sortir de portée. Réessayez à son retour, ou prenez son lien.
fault-oneself = C’est vous.
fault-empty = C’est vide.
fault-too-many-letters = C’est trop long : { $max } caractères au plus.
fault-too-many-bytes = C’est trop grand : { $max } octets au plus.
fault-unknown-message = Ce message n’est plus ici.
fault-not-the-author = Seul l’auteur d’un message peut le changer.
fault-deleted = Ce message a été retiré.
fault-full = Trop de choses attendent déjà. Réessayez quand il y en aura moins.
fault-key-reused = Ceci est déjà parti avec un autre contenu. Envoyez-le de nouveau.
fault-media-type = Les fichiers de ce genre ne s’envoient pas.
fault-bundle = Ses certificats ne se vérifient pas. Rien n’a changé.
fault-bug = C’est une erreur de ce programme, qui en dit : « { $why } »
fault-device-revoked = Cet appareil a été révoqué par son propre compte : il peut lire, pas envoyer.
fault-unknown-community = Cette communauté n’est pas connue ici.
fault-owner = Cette communauté est la vôtre : confiez-la d’abord à un autre membre.
fault-unknown-role = Ce rôle n’existe pas, ou plus.
fault-leave = C’est vous : quittez plutôt la communauté.
fault-unknown-member = Personne avec ce compte n’est membre de cette communauté.
fault-not-member = Vous n’êtes pas membre de cette communauté.
fault-not-permitted = Vos rôles ici ne le permettent pas.
fault-not-possible = Ce n’est pas possible ici.
fault-no-keys = Quelqu’un a été retiré, et les clés sont en train d’être refaites. Réessayez dans un instant.
fault-unknown-channel = Ce salon de messages n’existe pas.
fault-silenced = Vous n’avez pas la parole ici pendant encore { $minutes } min.
fault-not-a-category = Un salon se range dans une catégorie, et rien dans soi-même.
fault-not-by-channel = Aucun salon ne donne ni ne retire cette permission : un rôle la donne partout.
fault-public-channel = Tous les membres lisent ce qui est public : rendez d’abord le salon privé.
fault-nothing = Cela ne changerait rien.
fault-own-message = Ce message est de vous : supprimez-le plutôt.
fault-not-an-emoji = Une réaction est un émoji.
fault-slow-mode = Ce salon est en mode lent. Vous pourrez y écrire de nouveau dans { $seconds } s.
fault-no-moderator = Il n’y a pas ici d’autre modérateur à qui le signaler.
fault-unknown-report = Ce signalement n’existe pas.
fault-comparing = Cet appareil a été restauré dans un état plus ancien. Il écrira ici de nouveau quand il aura rencontré un autre membre.

## What the system says of a file
system-full = le disque est plein
system-denied = cela n’est pas permis ici
system-read-only = ce disque ne peut être que lu
system-not-found = le fichier ou le dossier n’existe pas
system-exists = il y a déjà un fichier de ce nom
system-profile = il est illisible dans le profil
system-says = le système dit « { $why } »

## Why a call by hand came to nothing
dial-no-address = Ce n’est pas une adresse que ce programme puisse appeler.
dial-own-address = Cette adresse mène à cet appareil-ci.
dial-already-linked = Une liaison avec cet appareil existe déjà ou s’établit.
dial-wrong-peer = Quelqu’un d’autre a répondu à cette adresse.
dial-too-many = Trop de liaisons sont ouvertes. Réessayez quand il y en aura moins.
dial-unreachable = Personne n’a répondu à cette adresse.
dial-not-a-link = Ce qui a répondu n’est pas LesCopains.

## The line at the bottom
status-waiting = { $count ->
    [one] { $count } message attend ici
   *[other] { $count } messages attendent ici
  }
