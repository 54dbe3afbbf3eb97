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
