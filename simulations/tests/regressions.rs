//! What went wrong once and does not again: every file of `regressions/` is run as it was found.

use std::fs;
use std::path::Path;

use simulations::report::Recipe;
use simulations::run;

#[test]
fn what_was_found_once_stays_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut recipes = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let recipe: Recipe = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let report = run::recipe(&recipe, false);
        assert!(
            report.violation.is_none(),
            "{} ({}):\n{}",
            path.display(),
            recipe.why,
            report.story()
        );
        recipes += 1;
    }
    assert!(recipes > 0, "no recipe in {}", folder.display());
}
