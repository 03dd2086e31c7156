//! Names and texts that real customers type: most plain, some that break careless software.

use super::seed::Dice;

const FIRST: &[&str] = &[
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "Linda",
    "Michael",
    "Barbara",
    "William",
    "Elizabeth",
    "David",
    "Jennifer",
    "Richard",
    "Maria",
    "Susan",
    "Joseph",
    "Margaret",
    "Thomas",
    "Karen",
    "Carlos",
    "Nancy",
    "Daniel",
    "Lisa",
    "Matthew",
    "Betty",
    "Anthony",
    "Sandra",
    "Mark",
    "Ashley",
    "Donald",
    "Kimberly",
    "Steven",
    "Emily",
    "Paul",
    "Donna",
    "Andrew",
    "Michelle",
    "Joshua",
    "Carol",
    "Kenneth",
    "Amanda",
    "Wei",
    "Fatima",
    "Priya",
    "Yuki",
    "José",
    "Zoë",
    "Łukasz",
    "Siobhán",
    "Anne-Marie",
    "D'Angelo",
];
const LAST: &[&str] = &[
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Gonzalez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Perez",
    "Thompson",
    "White",
    "Harris",
    "Sanchez",
    "Clark",
    "Ramirez",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Torres",
    "Nguyen",
    "Hill",
    "Flores",
    "Green",
    "Adams",
    "Nelson",
    "Baker",
    "O'Brien",
    "Müller",
    "van der Berg",
    "de la Cruz",
    "Nuñez",
    "St. John-Smythe",
];
/// What breaks careless software: quotes, right-to-left text, marks that turn it, 4-byte characters, joined emoji,
/// combining marks, markup, blanks, nothing at all.
const ODD: &[&str] = &[
    "Ann \"Annie\"",
    "محمد",
    "שרה כהן",
    "𠮷田",
    "Zed 😀",
    "👨‍👩‍👧‍👦 Family",
    "Back\\slash",
    "<b>Bold</b> & Sons",
    "Robert'); DROP TABLE leases;--",
    " Padded ",
    "",
    "e\u{301}galite\u{301}",
    "\u{202e}desrever\u{202c}",
    "Ǆ ß ﬁ",
    "null",
    "Line\nBreak",
    "Tab\tStop",
    "ＦＵＬＬ",
    "%00%0d%0a",
    "NULL\u{200b}",
];
const STREETS: &[&str] = &[
    "Main St",
    "Oak Ave",
    "Maple Dr",
    "Cedar Ln",
    "2nd Street",
    "Washington Blvd",
    "Lake View Rd",
    "Sunset Blvd",
    "Rue de l'Église",
    "Peachtree Rd NE",
    "MLK Jr. Way",
    "County Road 12",
];
/// City, state, postal code, country as the vendor spells it.
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("Austin", "TX", "78701", "UnitedStates"),
    ("Boston", "MA", "02108", "UnitedStates"),
    ("Columbus", "OH", "43215-1234", "UnitedStates"),
    ("San José", "CA", "95113", "UnitedStates"),
    ("New York", "NY", "10001", "UnitedStates"),
    ("Coeur d'Alene", "ID", "83814", "UnitedStates"),
    ("Miami", "FL", "33101", "UnitedStates"),
    ("Chicago", "IL", "60601", "UnitedStates"),
    ("San Juan", "PR", "00901", "PuertoRico"),
    ("Montréal", "QC", "H2X 1Y4", "Canada"),
    ("London", "", "SW1A 1AA", "UnitedKingdom"),
];

fn chosen<'a>(dice: &mut Dice, values: &[&'a str]) -> &'a str {
    dice.pick(values)
}

/// A first name; odd once in forty.
pub fn first_name(dice: &mut Dice) -> &'static str {
    if dice.one_in(40) {
        chosen(dice, ODD)
    } else {
        chosen(dice, FIRST)
    }
}

/// A last name; odd once in forty.
pub fn last_name(dice: &mut Dice) -> &'static str {
    if dice.one_in(40) {
        chosen(dice, ODD)
    } else {
        chosen(dice, LAST)
    }
}

/// A name that always breaks something.
pub fn odd(dice: &mut Dice) -> &'static str {
    chosen(dice, ODD)
}

/// A street name.
pub fn street(dice: &mut Dice) -> &'static str {
    chosen(dice, STREETS)
}

/// City, state, postal code and country.
pub fn place(dice: &mut Dice) -> (&'static str, &'static str, &'static str, &'static str) {
    PLACES[usize::try_from(dice.below(PLACES.len() as u64)).unwrap_or(0)]
}

/// Free text: mostly a sentence, now and then odd, empty or some thousand characters long.
pub fn comment(dice: &mut Dice) -> String {
    match dice.below(60) {
        0 => format!(
            "Long story: {}",
            "lorem ipsum dolor sit amet — ".repeat(150)
        ),
        1 => String::new(),
        2 | 3 => odd(dice).to_owned(),
        4..=8 => "Prefers e-mail.\r\nCall \"after 5\" only; see C:\\notes\\12.txt".to_owned(),
        9..=20 => "Has a dog 🐕 named Rex, 40 lb".to_owned(),
        _ => "Pays on time".to_owned(),
    }
}
