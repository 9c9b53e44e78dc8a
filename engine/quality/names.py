"""Names made comparable: case, diacritics, widths and punctuation aside, in any script; and a rough sound of each."""

import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ħ": "h"})
_KEEPS_MARKS = 0x0900
"""From Devanagari on a mark is part of its letter; in Latin, Greek, Cyrillic, Hebrew and Arabic it may be left out."""
_KATAKANA, _TO_HIRAGANA = range(0x30A1, 0x30F7), 0x60
_VOWELS = frozenset("aeiouyhw")
_SOUNDS = (
    ("sch", "s"),
    ("ph", "f"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("z", "s"),
    ("x", "ks"),
    ("j", "y"),
    ("v", "f"),
)
_NOBODY = frozenset(
    {"unknown", "unk", "noname", "none", "test", "testpatient", "patient", "doe", "xxx", "zzz", "anonymous"}
    | {"unbekannt", "inconnu", "desconocido"}
)
_NEWBORN = frozenset({"bb", "bg", "boy", "girl", "newborn", "infant", "male", "female", "nn"})


@lru_cache(maxsize=65_536)  # names come again and again
def plain(text: str) -> str:
    """Return *text* as it is compared: letters and digits only."""
    if text.isascii():
        return text.lower() if text.isalnum() else "".join(filter(str.isalnum, text.lower()))
    kept: list[str] = []
    letter = ""
    for each in unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS)):
        if unicodedata.combining(each) or unicodedata.category(each) == "Mc":
            if letter and ord(letter) >= _KEEPS_MARKS:
                kept.append(each)
        elif each.isalnum():
            letter = each
            kept.append(chr(ord(each) - _TO_HIRAGANA) if ord(each) in _KATAKANA else each)
    return unicodedata.normalize("NFC", "".join(kept))


@lru_cache(maxsize=65_536)
def sound(name: str) -> str:
    """Return what is left of a plain name when it is written by ear: Latin consonants; other scripts stay whole."""
    if not name.isascii() or not name:
        return name
    for written, heard in _SOUNDS:
        name = name.replace(written, heard)
    kept, before = [name[0]], name[0]
    for letter in name[1:]:
        if letter != before and letter not in _VOWELS:
            kept.append(letter)
        before = letter
    return "".join(kept)


def family_of(text: str) -> str:
    """Return a family name, '' where it names nobody."""
    name = plain(text)
    return "" if name in _NOBODY else name


def given_of(text: str) -> str:
    """Return a given name, '' where it names nobody or is what the newborn are called."""
    name = plain(text)
    return "" if name in _NOBODY or name in _NEWBORN or name.startswith("baby") else name


def suffix_of(text: str) -> str:
    """Return Jr, II, III ... as a number in the line of generations, '' for anything else."""
    return _GENERATIONS.get(plain(text), "")


_GENERATIONS = {"sr": "1", "i": "1", "jr": "2", "ii": "2", "iii": "3", "iv": "4"}
