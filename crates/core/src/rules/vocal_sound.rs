//! Recognises laughter, coughs and sneezes that the model spells out.

/// Syllables that laughter, coughs and groans are spelled with.
const SYLLABLES: &str = "ハヒフヘホウアグゴクプブン";

/// Those of which one alone, broken off, is no word: あっ and えっ are.
const BROKEN_OFF: &str = "ハヒフヘホウグゴク";

/// True if a text spells a sound that somebody made and is no word: ははは, うっうっ, hahaha, 笑.
///
/// うん, うーん, ああ, へえ and あっ are words.
#[must_use]
pub fn is_vocal_sound(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let letters: String = letters.map(katakana).filter(|c| !"ーァィゥェォ".contains(*c)).collect();
    let is_written_laughter = letters.chars().all(|c| "w笑".contains(c)) && !letters.is_empty();
    is_written_laughter || is_latin_laughter(&letters) || is_kana_sound(&letters)
}

/// True for a syllable repeated: three times, twice where it is broken off or hummed, once where it is no
/// word even then.
fn is_kana_sound(letters: &str) -> bool {
    let letters =
        letters.strip_prefix('ア').filter(|rest| rest.starts_with('ハ')).unwrap_or(letters);
    let mut syllables = letters.chars().filter(|&c| c != 'ッ');
    let Some(first) = syllables.next().filter(|&c| SYLLABLES.contains(c)) else { return false };
    if !syllables.clone().all(|c| c == first) {
        return false;
    }
    let is_broken_off = letters.contains('ッ');
    match syllables.count() + 1 {
        1 => first == 'ン' || is_broken_off && BROKEN_OFF.contains(first),
        2 => first == 'ン' || is_broken_off,
        _ => true,
    }
}

/// True for `haha` and longer, `hehe`, `ahahah`.
fn is_latin_laughter(letters: &str) -> bool {
    let vowels = letters.chars().filter(|c| "aei".contains(*c)).count();
    let breaths = letters.len().saturating_sub(vowels);
    let is_alternating =
        letters.as_bytes().windows(2).all(|pair| (pair[0] == b'h') != (pair[1] == b'h'));
    vowels >= 2 && breaths >= 2 && letters.chars().all(|c| "haei".contains(c)) && is_alternating
}

/// Returns the katakana of a hiragana, and any other character as it is.
fn katakana(letter: char) -> char {
    match letter {
        'ぁ'..='ゖ' => char::from_u32(u32::from(letter) + 0x60).unwrap_or(letter),
        _ => letter,
    }
}
