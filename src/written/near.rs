//! Which known word an unknown one was meant to be.

/// Longer words are not compared, which bounds the cost for hostile files.
const CHARS_MAX: usize = 40;

/// The known word nearest to `word`, if it is near enough to be meant: one
/// slip in three letters, or one word that contains the other.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    if word.chars().count() > CHARS_MAX {
        return None;
    }
    let slips_max = (word.chars().count() / 3).max(1);
    let near = known.iter().map(|candidate| (slips(&word, candidate), *candidate));
    let best = near.min_by_key(|(slips, _)| *slips).filter(|(slips, _)| *slips <= slips_max);
    let contains = |candidate: &&&str| {
        (word.len() > 2 && candidate.contains(&word))
            || (candidate.len() > 2 && word.contains(**candidate))
    };
    best.map(|(_, candidate)| candidate).or_else(|| known.iter().find(contains).copied())
}

/// Letters to put in, take out, replace or swap with their neighbour (optimal string alignment).
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        let known = ["id", "uri", "uri_file", "interval_s", "stall_limit_s", "enabled", "kind"];
        assert_eq!(nearest(word, &known), expected, "{word}");
    }

    #[test]
    fn finds_the_word_behind_a_slip() {
        check("intervall_s", Some("interval_s"));
        check("interval", Some("interval_s"));
        check("stall-limit-s", Some("stall_limit_s"));
        check("Enabeld", Some("enabled"));
        check("ur", Some("uri"));
    }

    #[test]
    fn says_nothing_where_nothing_is_near() {
        check("colour", None);
        check("", None);
        check(&"x".repeat(100_000), None);
    }
}
