//! The examples that `cerebro features` prints are true: each shows its feature.

use cerebro::behavior::Feature;

use super::{codes, steps};

#[test]
fn every_feature_has_examples_that_show_it() {
    let mut wrong = Vec::new();
    for feature in Feature::ALL {
        let example = feature.example();
        for (file, code) in [("a.py", example.python), ("a.js", example.javascript)] {
            let found = steps(file, code);
            if !found.iter().any(|step| step.feature == *feature) {
                wrong.push(format!("{} in {file}: {code}: {:?}", feature.code(), codes(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_guideline_calls_unlike_is_not_found_as_the_behavior() {
    let mut wrong = Vec::new();
    for feature in Feature::ALL {
        let guideline = feature.guideline();
        let found = steps("a.py", guideline.unlike);
        if found.iter().any(|step| step.feature == *feature) {
            wrong.push(format!("{}: {}: {:?}", feature.code(), guideline.unlike, codes(&found)));
        }
        assert!(guideline.definition.ends_with('.'), "{}", feature.code());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
