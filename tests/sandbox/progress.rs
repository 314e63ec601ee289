//! What is heard of a package that takes long, through the pipe of a real worker.

use std::fs;

use cerebro::behavior::{Progress, Reading, Stage};
use cerebro::package::OpenOptions;
use cerebro::sandbox::{Limits, Mode, News, Sandbox};

use super::CEREBRO;

#[test]
fn a_long_reading_says_how_far_it_is() {
    const FILES: usize = 400;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut index = String::new();
    for file in 0..FILES {
        let calls = "let made = [];\nfor (const word of text.split(' ')) { made.push(word.trim().toUpperCase()); }\n";
        let code = format!("const text = require('os').hostname();\n{}module.exports = made;\n", calls.repeat(20));
        fs::write(root.join(format!("part{file}.js")), code).unwrap();
        index += &format!("require('./part{file}');\n");
    }
    fs::write(root.join("index.js"), index).unwrap();
    fs::write(root.join("package.json"), r#"{"name":"demo","version":"1.0.0","main":"index.js"}"#).unwrap();
    let sandbox = Sandbox::of(CEREBRO, Mode::Auto, OpenOptions::default(), Limits::default()).unwrap();
    let (mut opened, mut heard) = (0, Vec::<Progress>::new());
    let case = sandbox.read(root, &Reading::default(), &mut |news| match news {
        News::Opened(package) => {
            assert!(heard.is_empty(), "nothing is read before it is open");
            opened += package.files.len();
        }
        News::Progress(progress) => heard.push(progress),
    });
    let case = case.unwrap();
    assert_eq!(opened, FILES + 2);
    let following: Vec<&Progress> = heard.iter().filter(|progress| progress.stage == Stage::Following).collect();
    assert!(following.len() > 1, "{heard:?}");
    for pair in following.windows(2) {
        assert!(pair[0].files <= pair[1].files && pair[0].bytes <= pair[1].bytes, "{pair:?}");
        assert!(pair[0].steps <= pair[1].steps, "{pair:?}");
    }
    for progress in following {
        let file = &case.package.files[progress.file.unwrap()];
        assert!(file.path.ends_with(".js"), "{}", file.path);
        // The manifest is no code.
        assert_eq!(progress.of_files, FILES + 1);
        assert!(progress.files <= FILES + 1 && progress.bytes <= progress.of_bytes);
    }
}
