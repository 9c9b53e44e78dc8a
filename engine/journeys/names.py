"""Names from many countries, as they stand on the wire: most plain, some with diacritics, a few in other scripts.

All are common names put together by chance; no pair is taken from anywhere.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Names that go together; each in *script*, where there is one, stands for the one at the same place here."""

    families: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    share: int
    script: "Script | None" = None


@dataclass(frozen=True, slots=True)
class Script:
    """The same names in their own script, sent as a second name: XPN-8 I (ideographic) or P (phonetic: an alphabet)."""

    families: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    representation: str


_PLAIN = (
    Origin(
        (
            "Baker",
            "Carter",
            "Fairweather",
            "Hollis",
            "Jackson",
            "Merriweather",
            "Pickett",
            "Sutton",
            "Washington",
            "Young",
        ),
        ("Alice", "Brenda", "Denise", "Grace", "Hannah", "Latoya", "Mary Ann", "Ruth"),
        ("Aaron", "Caleb", "Darnell", "Elijah", "Frank", "Isaac", "Marcus", "Walter"),
        share=34,
    ),
    Origin(
        ("O'Connor", "O'Malley", "McAllister", "D'Angelo", "Fitz-Gerald", "St. John", "Mac Donald", "Baker-O'Neil"),
        ("Aileen", "Bridget", "Colleen", "Siobhan"),
        ("Brendan", "Declan", "Kieran", "Sean"),
        share=12,
    ),
    Origin(
        ("Agarwal", "Banerjee", "Iyer", "Patel", "Ranganathan", "Singh"),
        ("Ananya", "Kavita", "Lakshmi", "Priya"),
        ("Arjun", "Rahul", "Sanjay", "Vikram"),
        share=8,
    ),
    Origin(
        ("Adeyemi", "Mwangi", "Ndlovu", "Okafor", "Owusu", "Tesfaye"),
        ("Abena", "Chiamaka", "Makeda", "Thandiwe"),
        ("Chinedu", "Kofi", "Sipho", "Yohannes"),
        share=8,
    ),
    Origin(
        ("de la Cruz", "dela Rosa", "Hernandez", "Lopez", "Ramos", "Torres"),
        ("Carmen", "Maria Elena", "Rosa", "Teresa"),
        ("Carlos", "Diego", "Juan", "Miguel"),
        share=10,
    ),
    Origin(
        ("van den Berg", "Jansen", "Kowalski", "Novak", "Horvat", "Rossi"),
        ("Agnes", "Elena", "Katarina", "Saskia"),
        ("Jan", "Luca", "Pieter", "Tomas"),
        share=6,
    ),
)

_ACCENTED = (
    Origin(
        ("García", "Núñez", "Peña", "Muñoz", "Ibáñez"),
        ("Begoña", "Inés", "María José", "Sofía"),
        ("Ángel", "Íñigo", "José", "Raúl"),
        share=4,
    ),
    Origin(
        ("Müller", "Schröder", "Weiß", "von Bülow"), ("Käthe", "Jördis", "Grete"), ("Jürgen", "Björn", "Götz"), share=2
    ),
    Origin(
        ("Lefèvre", "D'Aubigné", "Côté", "Bélanger"),
        ("Anaïs", "Hélène", "Zoé"),
        ("François", "Jérôme", "Noël"),
        share=2,
    ),
    Origin(("Ó Súilleabháin", "Ní Bhriain", "Mac Giolla"), ("Gráinne", "Sadhbh"), ("Pádraig", "Tomás"), share=1),
    Origin(
        ("Åström", "Sørensen", "Þórsson", "Mäkelä"), ("Åsa", "Solveig", "Päivi"), ("Søren", "Jökull", "Väinö"), share=2
    ),
    Origin(
        ("Dvořák", "Łukasiewicz", "Čapek", "Szőke"),
        ("Božena", "Małgorzata", "Žofie"),
        ("Jiří", "Stanisław", "Ödön"),
        share=2,
    ),
    Origin(("Yılmaz", "Şahin", "Öztürk"), ("Gülşen", "İpek"), ("İbrahim", "Çağlar"), share=1),
    Origin(("Nguyễn", "Trần", "Phạm"), ("Thị Hương", "Ngọc Ánh"), ("Minh Đức", "Văn Hải"), share=2),
    Origin(("Kealiʻi", "Kahananui"), ("Leilani", "Māhealani"), ("Kaʻimi", "Makoa"), share=1),
)

_OTHER_SCRIPTS = (
    Origin(
        ("Yamada", "Suzuki", "Tanaka"),
        ("Hanako", "Yumi"),
        ("Taro", "Kenji"),
        share=1,
        script=Script(("山田", "鈴木", "田中"), ("花子", "由美"), ("太郎", "健二"), "I"),
    ),
    Origin(
        ("Wang", "Li", "Ouyang"),
        ("Fang", "Xiuying"),
        ("Wei", "Lei"),
        share=1,
        script=Script(("王", "李", "欧阳"), ("芳", "秀英"), ("伟", "磊"), "I"),
    ),
    Origin(
        ("Kim", "Lee", "Park"),
        ("Ji-woo", "Seo-yeon"),
        ("Min-jun", "Do-yun"),
        share=1,
        script=Script(("김", "이", "박"), ("지우", "서연"), ("민준", "도윤"), "P"),
    ),
    Origin(
        ("Haddad", "Mansour"),
        ("Fatima", "Layla"),
        ("Ahmad", "Yusuf"),
        share=1,
        script=Script(("حداد", "منصور"), ("فاطمة", "ليلى"), ("أحمد", "يوسف"), "P"),
    ),
    Origin(
        ("Ivanenko", "Shevchuk"),
        ("Olha", "Iryna"),
        ("Andrii", "Serhii"),
        share=1,
        script=Script(("Іваненко", "Шевчук"), ("Ольга", "Ірина"), ("Андрій", "Сергій"), "P"),
    ),
    Origin(
        ("Papadopoulos", "Georgiou"),
        ("Eleni", "Sofia"),
        ("Nikos", "Yannis"),
        share=1,
        script=Script(("Παπαδόπουλος", "Γεωργίου"), ("Ελένη", "Σοφία"), ("Νίκος", "Γιάννης"), "P"),
    ),
)

ORIGINS: tuple[Origin, ...] = tuple(
    origin for origin in (*_PLAIN, *_ACCENTED, *_OTHER_SCRIPTS) for _ in range(origin.share)
)
"""Every origin as often as its share says, so that an even choice is a weighted one."""
