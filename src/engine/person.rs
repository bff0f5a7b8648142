//! Whether two names are those of one person. Two people are asked for because one can be mistaken: a name in another spelling is no second.

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::text::is_invisible;

/// What is wrong with a name, as a sentence; `None` when it can be taken.
pub fn name_objection(name: &str) -> Option<&'static str> {
    if name.chars().any(|char| char.is_control() || is_invisible(char)) {
        return Some("it holds characters that cannot be seen: type it anew");
    }
    letters(name).is_empty().then_some("it has no letters")
}

/// Whether two names can be of one person: letter by letter, whatever their case, width, accents, blanks and alphabet, as far as their
/// letters look alike.
pub fn may_be_same_person(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}

/// The letters and digits of a name as they look. NFKD makes full-width and mathematical letters plain ones, and parts accents from letters.
fn letters(name: &str) -> String {
    let plain = DecomposingNormalizerBorrowed::new_nfkd().normalize(name);
    let alike: String = plain.chars().flat_map(char::to_lowercase).filter(|char| char.is_alphanumeric()).map(looks_like).collect();
    alike.replace("rn", "m").replace("vv", "w")
}

/// The Latin letter that a letter or digit looks like, after it was made small: of those alphabets that are mixed with Latin in practice.
fn looks_like(char: char) -> char {
    match char {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' | 'ь' => 'b',
        'с' | 'ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'ɗ' => 'd',
        'е' | 'ε' | 'є' | 'ҽ' => 'e',
        'ғ' | 'ƒ' => 'f',
        'ɡ' | 'ց' => 'g',
        'һ' | 'н' | 'η' | 'հ' => 'h',
        '0' | 'о' | 'ο' | 'σ' | 'օ' | 'ө' => 'o',
        '1' | 'i' | 'ı' | 'і' | 'ι' | 'ӏ' | 'ɩ' | '|' => 'l',
        'ј' | 'ϳ' | 'ʝ' => 'j',
        'к' | 'κ' | 'қ' => 'k',
        'ʟ' | 'լ' => 'l',
        'м' | 'μ' => 'm',
        'п' | 'ո' | 'π' => 'n',
        'р' | 'ρ' => 'p',
        'ԛ' | 'գ' => 'q',
        'г' | 'ᴦ' | 'ʀ' => 'r',
        'ѕ' | 'ꜱ' | '5' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' | 'ц' | 'µ' => 'u',
        'ѵ' | 'ν' => 'v',
        'ѡ' | 'ω' | 'ш' | 'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' | 'ў' => 'y',
        'ʐ' | 'ᴢ' | 'ζ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_is_no_second_person() {
        for same in [
            "alice",
            "Alice",
            "ALICE",
            " alice ",
            "a l i c e",
            "al.ice",
            "alice\u{200b}",
            "ａｌｉｃｅ",
            "аlice",
            "аlісе",
            "Ａlice",
            "alicé",
            "aI1ce",
            "𝐚𝐥𝐢𝐜𝐞",
            "alice\u{301}",
            "ⓐⓛⓘⓒⓔ",
            "ΑLICE",
        ] {
            assert!(may_be_same_person("alice", same), "{same}");
        }
        for other in ["bob", "alicia", "malice", "alice2", "Анна", "al", "alicex"] {
            assert!(!may_be_same_person("alice", other), "{other}");
        }
        assert!(!may_be_same_person("Анна", "Алла") && may_be_same_person("Анна", "анна"));
        assert!(!may_be_same_person("日本", "本日"));
    }

    #[test]
    fn a_name_can_be_seen() {
        for bad in ["", " ", "...", "bob\u{200b}", "\u{202e}bob", "bo\u{ad}b", "b\u{7}ob", "\u{3164}"] {
            assert!(name_objection(bad).is_some(), "{bad:?}");
        }
        for good in ["bob", "Анна", "日本", "O'Neil", "Jean-Luc 2"] {
            assert_eq!(name_objection(good), None, "{good}");
        }
    }
}
