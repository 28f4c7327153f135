//! Institutions that are none: names recombined from parts, the same at each run.

use gesher_contract::{IdType, TileKind};
use gesher_directory::{Institution, Names, ProviderName, Route, Seldom, Source};
use std::sync::Arc;

/// The country of one row in a thousand.
pub const RARE: &str = "XK";

const COUNTRIES: [&str; 20] = [
    "DE", "AT", "FR", "IT", "ES", "PT", "NL", "BE", "PL", "CZ", "SK", "HU", "RO", "BG", "SE", "FI", "NO", "DK", "GB", "IE",
];
const HEADS: [&str; 20] = [
    "Sparkasse",
    "Volksbank",
    "Raiffeisenbank",
    "Banca Popolare di",
    "Caja Rural de",
    "Crédit Agricole",
    "Bank Spółdzielczy w",
    "Kreissparkasse",
    "Cassa di Risparmio di",
    "Caixa",
    "Bank of",
    "Banque de",
    "Sparbanken",
    "Landesbank",
    "Genossenschaftsbank",
    "Building Society of",
    "Credit Union",
    "Privatbank",
    "Hypo",
    "Bankhaus",
];
/// Each syllable in Latin and in Hebrew.
const SYLLABLES: [(&str, &str); 40] = [
    ("bar", "בר"),
    ("bo", "בו"),
    ("dan", "דן"),
    ("di", "די"),
    ("ga", "גא"),
    ("gol", "גול"),
    ("ka", "קא"),
    ("kor", "קור"),
    ("la", "לא"),
    ("lin", "לין"),
    ("mar", "מר"),
    ("mo", "מו"),
    ("na", "נא"),
    ("nor", "נור"),
    ("pa", "פא"),
    ("pol", "פול"),
    ("ra", "רא"),
    ("ri", "רי"),
    ("ro", "רו"),
    ("sa", "סא"),
    ("sel", "סל"),
    ("so", "סו"),
    ("ta", "טא"),
    ("ter", "טר"),
    ("ti", "טי"),
    ("ton", "טון"),
    ("va", "בא"),
    ("vi", "וי"),
    ("zi", "זי"),
    ("burg", "בורג"),
    ("dorf", "דורף"),
    ("feld", "פלד"),
    ("heim", "היים"),
    ("stad", "שטד"),
    ("ville", "ויל"),
    ("mun", "מון"),
    ("kir", "קיר"),
    ("len", "לן"),
    ("nik", "ניק"),
    ("gas", "גס"),
];
const TAILS: [&str; 8] = ["", "", "", " AG", " eG", " S.p.A.", " SA", " plc"];

/// What is typed for an institution, if there is something of the kind.
type Kind = fn(&mut Rows, &Institution) -> Option<String>;

pub struct Rows {
    state: u64,
    sources: Arc<[Arc<Source>]>,
    id_types: Arc<[IdType]>,
    /// Names of towns, in Latin and Hebrew.
    towns: Vec<(String, String)>,
}

impl Rows {
    pub fn new() -> Self {
        let source = Source {
            title: "invented".to_owned(),
            licence: "none".to_owned(),
        };
        Self {
            state: 7,
            sources: [Arc::new(source)].into(),
            id_types: [IdType::NationalId].into(),
            towns: Vec::new(),
        }
    }

    /// SplitMix64.
    fn next(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }

    fn town(&mut self) -> (String, String) {
        let known = self.towns.len();
        // most names have a town of their own, as most have in life
        if known > 100 && self.next(3) == 0 {
            let at = self.next(known);
            return self.towns[at].clone();
        }
        let count = 2 + self.next(3);
        let (mut latin, mut hebrew) = (String::new(), String::new());
        for _ in 0..count {
            let (one, two) = SYLLABLES[self.next(SYLLABLES.len())];
            latin.push_str(one);
            hebrew.push_str(two);
        }
        let first = latin.remove(0).to_ascii_uppercase();
        latin.insert(0, first);
        self.towns.push((latin.clone(), hebrew.clone()));
        (latin, hebrew)
    }

    pub fn row(&mut self, at: usize) -> Institution {
        let (town, hebrew) = self.town();
        let head = HEADS[self.next(HEADS.len())];
        let tail = TAILS[self.next(TAILS.len())];
        let second = if self.next(4) == 0 {
            format!("-{}", self.town().0)
        } else {
            String::new()
        };
        let country = if at % 1000 == 999 {
            RARE
        } else {
            COUNTRIES[self.next(COUNTRIES.len())]
        };
        let mut letters = String::new();
        for _ in 0..4 {
            letters.push(char::from(b'A' + self.next(26) as u8));
        }
        let id = format!("{}-{at}", country.to_ascii_lowercase());
        Institution {
            names: Names {
                en: format!("{head} {town}{second}{tail}"),
                he: (self.next(20) == 0).then(|| format!("בנק {hebrew}").into()),
                native: None,
                short: None,
                nicknames: if self.next(3) == 0 {
                    vec![format!("{town}bank")]
                } else {
                    Vec::new()
                },
            },
            kind: TileKind::Bank,
            aliases: Seldom::default(),
            country: country.into(),
            regions: Seldom::default(),
            codes: vec![format!("{:08}", 10_000_000 + at * 7)],
            branches: Seldom::default(),
            bics: vec![format!("{letters}{country}2X")],
            domains: vec![format!("{}.example", town.to_ascii_lowercase())],
            logo: None,
            sources: self.sources.clone(),
            note: None,
            invented: false,
            unlisted: false,
            partner: false,
            routes: vec![Route::new(ProviderName::BerlinGroup, id.clone())],
            psu_id_types: self.id_types.clone(),
            psu_corporate_id: false,
            id,
        }
    }

    /// So many queries of each kind, for rows that are drawn anew each time.
    pub fn queries(&mut self, rows: &[Institution], count: usize) -> Vec<(&'static str, Vec<String>)> {
        let kinds: [(&'static str, Kind); 9] = [
            ("prefix", |own, row| Some(row.names.en.chars().take(1 + own.next(7)).collect())),
            ("one letter", |_, row| row.names.en.chars().next().map(String::from)),
            ("whole name", |_, row| Some(row.names.en.to_string())),
            ("substring", |own, row| {
                let letters: Vec<char> = own.telling(row)?.chars().collect();
                let from = 1 + own.next(letters.len() - 4);
                Some(letters[from..].iter().take(3 + own.next(3)).collect())
            }),
            ("typo", |own, row| own.slip(row)),
            ("typo, whole name", |own, row| {
                let (telling, slipped) = (own.telling(row)?, own.slip(row)?);
                Some(row.names.en.replace(&telling, &slipped))
            }),
            ("wrong layout", |own, row| {
                row.names
                    .he
                    .as_deref()
                    .map(layout)
                    .or_else(|| own.telling(row).map(|word| latin_layout(&word)))
            }),
            ("other script", |own, row| {
                let town = own.telling(row)?;
                own.towns.iter().find(|(latin, _)| *latin == town).map(|(_, hebrew)| hebrew.clone())
            }),
            ("code, BIC", |own, row| {
                let text = if own.next(2) == 0 { &row.codes[0] } else { &row.bics[0] };
                let cut = 2 + own.next(text.len() - 1);
                Some(text.chars().take(cut).collect())
            }),
        ];
        let mut queries = |kind: Kind| {
            let mut typed = Vec::with_capacity(count);
            while typed.len() < count {
                let row = &rows[self.next(rows.len())];
                if let Some(text) = kind(self, row) {
                    typed.push(text);
                }
            }
            typed
        };
        kinds.into_iter().map(|(name, kind)| (name, queries(kind))).collect()
    }

    /// The first town in the name, when it is long enough for a slip.
    fn telling(&mut self, row: &Institution) -> Option<String> {
        let mut words = row.names.en.split([' ', '-']).rev();
        let word = words.find(|word| word.len() > 5 && word.is_ascii() && word.starts_with(char::is_uppercase))?;
        Some(word.to_owned())
    }

    fn slip(&mut self, row: &Institution) -> Option<String> {
        let mut letters: Vec<char> = self.telling(row)?.chars().collect();
        let at = 1 + self.next(letters.len() - 2);
        match self.next(4) {
            0 => letters.swap(at, at + 1),
            1 => _ = letters.remove(at),
            2 => letters.insert(at, 'x'),
            _ => letters[at] = 'x',
        }
        Some(letters.into_iter().collect())
    }
}

/// The keys that write this Hebrew, in the American layout.
fn layout(hebrew: &str) -> String {
    const KEYS: &str = "אtבcגdדsהvוuזzחjטyיhכfךlלkםoמnןiנbסxעgפpף;צmץ.קeרrשaת,";
    let keys: Vec<char> = KEYS.chars().collect();
    let key = |letter: char| keys.chunks(2).find(|pair| pair[0] == letter).map_or(letter, |pair| pair[1]);
    hebrew.chars().map(key).collect()
}

/// The keys that write this Latin, in the Hebrew layout.
fn latin_layout(latin: &str) -> String {
    const KEYS: &str = "tאcבdגsדvהuוzזjחyטhיfכlךkלoםnמiןbנxסgעpפ;ףmצ.ץeקrרaש,תw'q/";
    let keys: Vec<char> = KEYS.chars().collect();
    let key = |letter: char| keys.chunks(2).find(|pair| pair[0] == letter).map_or(letter, |pair| pair[1]);
    latin.chars().flat_map(char::to_lowercase).map(key).collect()
}
