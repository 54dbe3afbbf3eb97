//! Files stay short enough to hold in the head, and each begins by saying why it exists.
//!
//! Functions are held short by clippy (`too_many_lines`), which sees them better than text can.

use super::Problem;
use super::tree::File;

/// Lines that hold code, tests apart. The median of the projects we learnt from is 80 to 390 (code.md §1.0),
/// and their largest file is always where the discipline was lost.
const CODE_LINES_MAX: usize = 400;

/// A reasoned exception: `// tidy: allow-long(reason)` on a line of its own.
const ALLOW: &str = "// tidy: allow-long(";

/// Checks the length of one file and its first line.
pub(super) fn check(file: &File) -> Vec<Problem> {
    if !file.is_rust() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    if !file.text.starts_with("//! ") {
        let what = "the first line is `//! ` and says why the file exists";
        problems.push(Problem::at(&file.path, 1, what));
    }
    problems.extend(length(file));
    problems
}

fn length(file: &File) -> Option<Problem> {
    let allowed = file
        .text
        .lines()
        .find_map(|line| line.trim().strip_prefix(ALLOW));
    let count = if file.is_test() {
        0
    } else {
        code_lines(&file.text)
    };
    let long = count > CODE_LINES_MAX;
    match allowed {
        None if long => Some(format!(
            "{count} lines of code, {CODE_LINES_MAX} at most: split it where one subject becomes two"
        )),
        Some(_) if !long => Some("`tidy: allow-long` is not needed here: remove it".to_owned()),
        Some(reason) if reason.trim_end_matches(')').trim().is_empty() => {
            Some("`tidy: allow-long(reason)` wants its reason".to_owned())
        }
        _ => None,
    }
    .map(|what| Problem::new(&file.path, what))
}

/// Counts lines that hold code: no blank line, no line of comment alone, no module of tests.
///
/// Relies on rustfmt: a module's closing brace stands where its `mod` began.
fn code_lines(text: &str) -> usize {
    let mut count = 0;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let code = line.trim();
        let opens_tests = code == "#[cfg(test)]"
            && lines
                .peek()
                .is_some_and(|next| next.contains("mod ") && next.ends_with('{'));
        if opens_tests {
            let indent = line.len() - line.trim_start().len();
            let closing = format!("{}}}", &line[..indent]);
            lines.by_ref().find(|line| *line == closing);
        } else if !code.is_empty() && !code.starts_with("//") {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::file;
    use super::*;

    fn source(lines: usize) -> String {
        format!("//! Why.\n{}", "let code = 1;\n".repeat(lines))
    }

    #[test]
    fn a_file_at_the_limit_passes_and_one_line_more_does_not() {
        assert_eq!(check(&file("a.rs", &source(CODE_LINES_MAX))), []);
        let problems = check(&file("a.rs", &source(CODE_LINES_MAX + 1)));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains("401"), "{problems:?}");
    }

    #[test]
    fn tests_comments_and_blank_lines_are_not_code() {
        let text = "//! Why.\n\n/// Doc.\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
        assert_eq!(code_lines(text), 2);
    }

    #[test]
    fn a_long_file_of_tests_passes() {
        assert_eq!(check(&file("storage/tests/a.rs", &source(1_000))), []);
    }

    #[test]
    fn an_exception_needs_a_reason_and_a_need() {
        let long = source(CODE_LINES_MAX + 1);
        let reasoned = format!("{long}// tidy: allow-long(one table, read as a whole)\n");
        assert_eq!(check(&file("a.rs", &reasoned)), []);
        let bare = format!("{long}// tidy: allow-long()\n");
        assert_eq!(check(&file("a.rs", &bare)).len(), 1);
        let needless = format!("{}// tidy: allow-long(in case)\n", source(3));
        assert_eq!(check(&file("a.rs", &needless)).len(), 1);
    }

    #[test]
    fn a_file_that_does_not_say_why_is_found() {
        for text in ["fn a() {}\n", "// Why.\n", "//!\n", "", "\n//! Late.\n"] {
            assert_eq!(check(&file("a.rs", text)).len(), 1, "{text:?}");
        }
    }
}
