# composer

## Emoji
emoji-title = Emoji
emoji-search = Search emoji
emoji-none = No emoji is called that
emoji-recent = Used last
emoji-smileys = Smileys
emoji-people = People
emoji-animals = Animals and nature
emoji-food = Food and drink
emoji-travel = Travel and places
emoji-activities = Activities
emoji-objects = Objects
emoji-symbols = Symbols
emoji-flags = Flags
emoji-tone = { $tone ->
    [0] No skin tone
    [1] Light skin
    [2] Medium-light skin
    [3] Medium skin
    [4] Medium-dark skin
   *[5] Dark skin
  }
