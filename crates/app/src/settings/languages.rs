//! The languages that Whisper supports.

/// ISO 639 codes of the languages that Whisper was trained on, Cantonese (`yue`) in its third
/// large model only. `jw` is Whisper's own code for Javanese.
const LANGUAGES: &str = "\
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he \
    hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne \
    nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk \
    ur uz vi yi yo yue zh";

pub(super) fn is_known(code: &str) -> bool {
    LANGUAGES.split_whitespace().any(|known| known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_a_hundred_of_them() {
        assert_eq!(LANGUAGES.split_whitespace().count(), 100);
        assert!(is_known("ja") && is_known("yue") && !is_known("jp"));
    }
}
