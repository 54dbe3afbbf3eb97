#!/usr/bin/env python3
"""Makes en.txt and fr.txt: what emoji are called, from Unicode's CLDR (Debian: unicode-cldr-core).

    python3 make.py /usr/share/unicode/cldr/common

One line an emoji: the emoji, its name, and other words to find it by (tabs between the three, `|` between words).
What is no emoji (CLDR also names punctuation) is left out, and so are skin tones: they are asked for apart.
"""

import sys
import xml.etree.ElementTree as tree
from pathlib import Path

# Emoji 15.0, which Debian 12's CLDR (41) does not name yet.
NEWER = {
    "🫨": ("shaking face", "visage qui tremble", "secouer|trembler|choc"),
    "🩷": ("pink heart", "cœur rose", "amour|j’aime"),
    "🩵": ("light blue heart", "cœur bleu clair", "amour|cyan"),
    "🩶": ("grey heart", "cœur gris", "amour|argent"),
    "🫷": ("leftwards pushing hand", "main qui pousse vers la gauche", "stop|refuser"),
    "🫸": ("rightwards pushing hand", "main qui pousse vers la droite", "stop|refuser"),
    "🫎": ("moose", "élan", "animal|orignal"),
    "🫏": ("donkey", "âne", "animal|bourrique"),
    "🪽": ("wing", "aile", "ange|voler"),
    "🐦\u200d⬛": ("black bird", "oiseau noir", "corbeau|merle"),
    "🪿": ("goose", "oie", "oiseau"),
    "🪼": ("jellyfish", "méduse", "mer"),
    "🪻": ("hyacinth", "jacinthe", "fleur|lavande"),
    "🫚": ("ginger root", "gingembre", "épice|racine"),
    "🫛": ("pea pod", "petits pois", "légume|cosse"),
    "🪭": ("folding hand fan", "éventail", "chaleur"),
    "🪮": ("hair pick", "peigne afro", "cheveux"),
    "🪇": ("maracas", "maracas", "musique|instrument"),
    "🪈": ("flute", "flûte", "musique|instrument"),
    "🪯": ("khanda", "khanda", "sikh|religion"),
    "🛜": ("wireless", "sans-fil", "wi-fi|réseau|internet"),
}

TONES = {chr(tone) for tone in range(0x1F3FB, 0x1F400)}


def is_emoji(text):
    first = ord(text[0])
    return first >= 0x2122 or any(letter in "\u20e3\ufe0f" for letter in text) or first in (0xA9, 0xAE, 0x203C, 0x2049)


def read(common, language):
    names, words = {}, {}
    for folder in ("annotations", "annotationsDerived"):
        for entry in tree.parse(common / folder / f"{language}.xml").iter("annotation"):
            emoji, text = entry.get("cp"), (entry.text or "").strip()
            if not is_emoji(emoji) or (len(emoji) > 1 and TONES & set(emoji)):
                continue
            if entry.get("type") == "tts":
                names[emoji] = text
            else:
                words[emoji] = [word.strip() for word in text.split("|")]
    return names, words


def main():
    common = Path(sys.argv[1])
    here = Path(__file__).parent
    for language in ("en", "fr"):
        names, words = read(common, language)
        for emoji, (english, french, others) in NEWER.items():
            names.setdefault(emoji, english if language == "en" else french)
            words.setdefault(emoji, [] if language == "en" else others.split("|"))
        lines = []
        for emoji in sorted(names):
            others = [word for word in words.get(emoji, []) if word != names[emoji]]
            lines.append(f"{emoji}\t{names[emoji]}\t{'|'.join(others)}\n")
        (here / f"{language}.txt").write_text("".join(lines), encoding="utf-8")


main()
