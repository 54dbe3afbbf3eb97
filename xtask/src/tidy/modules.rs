//! Every file belongs to a crate's tree of modules, and no module hides its name in `mod.rs`.

use std::collections::BTreeMap;

use super::Problem;
use super::tree::File;

/// Finds `mod.rs` files and files that nothing declares, which the compiler would never read.
pub(super) fn check(files: &[File]) -> Vec<Problem> {
    let sources: BTreeMap<&str, &str> = files
        .iter()
        .filter(|file| file.is_rust())
        .map(|file| (file.path.as_str(), file.text.as_str()))
        .collect();
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        if file.name() == "mod.rs" {
            let what = "a module's file stands beside its folder and has its name: foo.rs, foo/";
            problems.push(Problem::new(&file.path, what));
        } else if !is_root(&file.path) && !is_declared(&file.path, &sources) {
            let what = "no module declares this file, so nothing compiles it";
            problems.push(Problem::new(&file.path, what));
        }
    }
    problems
}

/// Whether cargo finds the file by itself.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [.., "build.rs"] | [.., "src", "lib.rs" | "main.rs"] => true,
        [.., "bin" | "tests" | "benches" | "examples", _, "main.rs"] => true,
        [.., "src", "bin", _] | [.., "fuzz_targets", _] => true,
        // Directly beside `src`: inside it, `tests` is a module like any other.
        [before @ .., "tests" | "benches" | "examples", _] => !before.contains(&"src"),
        _ => false,
    }
}

fn is_declared(path: &str, sources: &BTreeMap<&str, &str>) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else {
        return false;
    };
    let module = name.trim_end_matches(".rs");
    let parents = [
        format!("{folder}.rs"),
        format!("{folder}/lib.rs"),
        format!("{folder}/main.rs"),
    ];
    let declared = parents
        .iter()
        .filter_map(|parent| sources.get(parent.as_str()))
        .any(|text| text.lines().any(|line| declares(line, module)));
    let by_path = format!("{name}\"]");
    declared
        || sources.values().any(|text| {
            text.lines().any(|line| {
                let line = line.trim();
                line.starts_with("#[path = \"") && line.ends_with(&by_path)
            })
        })
}

/// Whether the line is `mod NAME;`, with any visibility before it.
fn declares(line: &str, name: &str) -> bool {
    line.trim()
        .strip_suffix(';')
        .and_then(|line| line.strip_suffix(name))
        .is_some_and(|before| before == "mod " || before.ends_with(" mod "))
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::file;
    use super::*;

    #[test]
    fn a_tree_in_order_passes() {
        let files = [
            file("node/src/lib.rs", "mod net;\npub(crate) mod api;\n"),
            file(
                "node/src/net.rs",
                "pub mod swarm;\n#[cfg(test)]\nmod tests;\n",
            ),
            file("node/src/net/swarm.rs", ""),
            file("node/src/net/tests.rs", ""),
            file("node/src/api.rs", ""),
            file("node/tests/start.rs", ""),
            file("protocol/fuzz/fuzz_targets/frame.rs", ""),
        ];
        assert_eq!(check(&files), []);
    }

    #[test]
    fn a_file_that_nothing_declares_is_found() {
        let files = [
            file("node/src/lib.rs", "mod network;\npub use net;\n"),
            file("node/src/network.rs", ""),
            file("node/src/net.rs", ""),
        ];
        let problems = check(&files);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].path, "node/src/net.rs");
    }

    #[test]
    fn mod_rs_is_found() {
        let files = [
            file("node/src/lib.rs", "mod net;\n"),
            file("node/src/net/mod.rs", ""),
        ];
        let problems = check(&files);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains("foo.rs"), "{problems:?}");
    }
}
