//! A mark of unfinished work names the issue that will finish it, or is not left behind.

use super::Problem;
use super::tree::File;

/// The marks, written so that this file does not hold one.
const MARKS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Finds marks without `(#number)` right behind them.
pub(super) fn check(file: &File) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for mark in MARKS {
            if line.match_indices(mark).any(|(at, _)| {
                is_word(line, at, mark.len()) && !names_an_issue(&line[at + mark.len()..])
            }) {
                let what = format!("{mark} without an issue: write {mark}(#number)");
                problems.push(Problem::at(&file.path, index + 1, what));
            }
        }
    }
    problems
}

/// Whether no letter, digit or underscore touches the `len` bytes at `at`.
fn is_word(line: &str, at: usize, len: usize) -> bool {
    let touches = |neighbour: Option<char>| {
        neighbour.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    };
    !touches(line[..at].chars().next_back()) && !touches(line[at + len..].chars().next())
}

fn names_an_issue(rest: &str) -> bool {
    rest.strip_prefix("(#")
        .and_then(|rest| rest.split_once(')'))
        .is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::file;
    use super::*;

    #[test]
    fn a_mark_without_an_issue_is_found_at_its_line() {
        for mark in MARKS {
            let problems = check(&file("a.rs", &format!("//! Why.\n// {mark}: later\n")));
            assert_eq!(problems.len(), 1, "{mark}");
            assert_eq!(problems[0].line, Some(2));
        }
    }

    #[test]
    fn a_mark_with_an_issue_passes_and_one_with_a_name_does_not() {
        let mark = MARKS[0];
        assert_eq!(
            check(&file("a.rs", &format!("// {mark}(#12): later\n"))),
            []
        );
        assert_eq!(
            check(&file("a.rs", &format!("// {mark}(#soon)\n"))).len(),
            1
        );
        assert_eq!(check(&file("a.rs", &format!("// {mark}(me)\n"))).len(), 1);
    }

    #[test]
    fn a_mark_inside_a_word_is_no_mark() {
        let text = format!("const {}_MAX: u8 = 1; // {}S\n", MARKS[0], MARKS[0]);
        assert_eq!(check(&file("a.rs", &text)), []);
    }
}
