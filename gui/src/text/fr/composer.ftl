# composer

## Emoji
emoji-title = Émojis
emoji-search = Chercher un émoji
emoji-none = Aucun émoji ne porte ce nom
emoji-recent = Utilisés récemment
emoji-smileys = Visages
emoji-people = Personnes
emoji-animals = Animaux et nature
emoji-food = À manger et à boire
emoji-travel = Voyages et lieux
emoji-activities = Activités
emoji-objects = Objets
emoji-symbols = Symboles
emoji-flags = Drapeaux
emoji-tone = { $tone ->
    [0] Sans teinte de peau
    [1] Peau claire
    [2] Peau plutôt claire
    [3] Peau mate
    [4] Peau plutôt foncée
   *[5] Peau foncée
  }

## Writing
composer-hint = Écrire à { $name }
composer-send = Envoyer (Entrée)
composer-change = Modifier le message (Entrée)
composer-emoji = Émoji (Ctrl+E)
composer-replying = Réponse à { $name }
composer-yourself = vous-même
composer-editing = Modification d’un message
composer-leave-reply = Ne pas y répondre (Échap)
composer-leave-edit = Le laisser tel quel (Échap)
composer-left = { $count ->
    [one] Encore { $count } caractère
   *[other] Encore { $count } caractères
  }
composer-over = { $count ->
    [one] { $count } caractère de trop : raccourcissez ou envoyez en plusieurs fois
   *[other] { $count } caractères de trop : raccourcissez ou envoyez en plusieurs fois
  }
composer-full = Le champ est plein ; la suite n’y tient pas
composer-fault = Pas envoyé : { $why }
composer-stranger = { $name } ne fait pas partie de vos contacts
composer-asks = { $name } demande à vous écrire : acceptez d’abord la demande
composer-asked = Vous pourrez écrire dès que { $name } aura accepté votre demande
composer-blocked = Vous avez bloqué { $name } : débloquez pour écrire à nouveau
composer-changed = Les clés de { $name } ont changé. Rien ne part tant que vous n’avez pas comparé à nouveau le numéro de sécurité.

## Files
attach-drop = Lâchez pour l’envoyer avec votre message
attach-preparing = En préparation
attach-size = { $kib } Kio
attach-remove = Retirer { $name }
attach-too-many = Au plus { $count } fichiers par message
attach-too-large = { $name } dépasse 1 Mio ; les fichiers plus gros ne peuvent pas encore être envoyés
attach-picture-too-large = { $name } a trop de pixels pour être envoyée
attach-broken = { $name } est endommagé
attach-unreadable = { $name } est illisible
attach-empty = { $name } est vide

## Switcher
switcher-hint = Aller à
switcher-none = Personne et rien ne porte ce nom
switcher-profile = Profil
switcher-look = Apparence
switcher-notifications = Notifications
switcher-privacy = Vie privée
switcher-network = Réseau

## Keyboard
keys-title = Clavier
keys-window = Partout
keys-conversations = Conversations
keys-writing = Écriture
keys-switcher = Aller à une personne ou une page
keys-search = Chercher une conversation
keys-add = Ajouter quelqu’un
keys-settings = Réglages
keys-map = Cette liste
keys-close = Fermer ce qui est ouvert
keys-larger = Plus grand
keys-smaller = Plus petit
keys-normal = Taille de 100 %
keys-previous = Conversation au-dessus
keys-next = Conversation en dessous
keys-previous-unread = Non lue au-dessus
keys-next-unread = Non lue en dessous
keys-send = Envoyer
keys-new-line = Nouvelle ligne
keys-edit-last = Modifier votre dernier message
keys-leave = Quitter une réponse ou une modification
keys-emoji = Choisir un émoji
keys-complete = Prendre l’émoji proposé
keys-paste = Coller du texte ou une image
keys-cap-shift = Maj
keys-cap-enter = Entrée
keys-cap-escape = Échap
