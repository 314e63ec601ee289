//! Another model while the package stays open.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use cerebro::case::State as Judged;
use cerebro::tui::app::Message;
use cerebro::tui::job::{Judge, Load};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::case;
use super::harness::{Bench, Given, judge};

/// A model that always says the same.
fn says(name: &str, folder: &str, probability: f32) -> Judge {
    let read = move |case| Ok(case::judged(case, probability));
    Judge { name: name.to_owned(), hash: format!("{name}-hash"), folder: folder.into(), ..judge(read) }
}

fn bench(reload: Load) -> Bench {
    let mut bench = Bench::open(120, 40, Given { reload, ..Given::new(case::package()) });
    bench.settle();
    bench.shows("MALICIOUS 97.3 %");
    bench
}

fn probability(bench: &Bench) -> f32 {
    let verdict = bench.bench.state.case.as_ref().unwrap().verdict.clone().unwrap();
    verdict.judgement.unwrap().probability
}

#[test]
fn a_typed_folder_is_opened_and_judges_the_package_anew() {
    let asked = Arc::new(Mutex::new(Vec::<Option<PathBuf>>::new()));
    let seen = Arc::clone(&asked);
    let mut bench = bench(Arc::new(move |folder: Option<&Path>| {
        seen.lock().unwrap().push(folder.map(Path::to_owned));
        Ok(says("second", "models/second", 0.1))
    }));
    bench.keys("O").shows("folder of the model: models/by-hand");
    bench.keys("ctrl-u").text("models/second").keys("enter");
    bench.shows("BENIGN 10.0 %").shows("The model second (second-hash…) is in use now.");
    bench.keys("i").shows("second second-hash").keys("q");
    assert_eq!(*asked.lock().unwrap(), [Some(PathBuf::from("models/second"))]);
    // The label that is given now names the model whose answer is on the screen.
    bench.keys("m").shows("Recorded: malicious");
    // Reloading asks for the folder that is in use, and sees that nothing has changed.
    bench.keys("R").shows("nothing has changed").shows("BENIGN 10.0 %");
    assert_eq!(asked.lock().unwrap()[1], Some(PathBuf::from("models/second")));
}

#[test]
fn the_palette_finds_both_and_escape_leaves_everything_as_it_was() {
    let mut bench = bench(Arc::new(|_| Err("not asked for".to_owned())));
    bench.keys(":").text("open model").keys("enter").shows("folder of the model:");
    bench.keys("esc").hides("folder of the model:").hides("not asked for");
    bench.keys("O ctrl-u enter").hides("not asked for");
    bench.keys(":").text("reload").keys("enter").shows("not asked for");
}

#[test]
fn a_changed_folder_is_noticed() {
    let mut bench = bench(Arc::new(|folder: Option<&Path>| {
        assert_eq!(folder, Some(Path::new("models/by-hand")));
        Ok(says("by hand", "models/by-hand", 0.2))
    }));
    bench.keys("R").shows("BENIGN 20.0 %").shows("The model by hand (by hand-hash…) is in use now.");
}

#[test]
fn the_old_model_stays_where_the_new_one_cannot_be_loaded() {
    let mut bench =
        bench(Arc::new(|folder: Option<&Path>| Judge::load(folder.unwrap(), &cerebro::model::Device::cpu())));
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("config.json"), "{}").unwrap();
    bench.resize(250, 40).keys("O ctrl-u").text(empty.path().to_str().unwrap()).keys("enter");
    bench
        .shows("the model by hand stays")
        .shows("has no tokenizer.json; name a folder that cerebro train has finished");
    bench.shows("MALICIOUS 97.3 %");
    assert_eq!(bench.bench.state.judge.as_ref().unwrap().as_ref().unwrap().name, "by hand");
    for name in ["tokenizer.json", "model.safetensors"] {
        std::fs::write(empty.path().join(name), "damaged").unwrap();
    }
    bench.keys("O ctrl-u").text(empty.path().to_str().unwrap()).keys("enter");
    bench.shows("the model by hand stays").shows("not a BERT configuration").shows("MALICIOUS 97.3 %");
}

#[test]
fn a_model_that_loads_but_fails_on_the_package_does_not_take_over() {
    let mut bench = bench(Arc::new(|_| Ok(Judge { hash: "new".to_owned(), ..judge(|_| panic!("boom")) })));
    bench.keys("R").shows("the model by hand stays").shows("boom").shows("MALICIOUS 97.3 %");
}

#[test]
fn where_there_was_no_model_one_can_be_opened() {
    let mut given = Given::new(case::package());
    given.load = Box::new(|| Err("no model was found".to_owned()));
    given.reload = Arc::new(|folder: Option<&Path>| {
        assert_eq!(folder, None, "without a model there is no folder to look into again");
        Ok(says("late", "models/late", 0.9))
    });
    let mut bench = Bench::open(120, 40, given);
    bench.settle();
    bench.shows("no verdict: no model was found");
    bench.keys("R").shows("MALICIOUS 90.0 %").hides("no verdict");
    assert_eq!(bench.bench.state.case.as_ref().unwrap().verdict.as_ref().unwrap().state, Judged::Malicious);
}

#[test]
fn keys_are_answered_while_a_model_loads_and_only_the_last_request_counts() {
    let (release, wait) = channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let mut bench = bench(Arc::new(move |folder: Option<&Path>| {
        wait.lock().unwrap().recv().unwrap();
        let folder = folder.unwrap().to_str().unwrap();
        Ok(says(folder, folder, if folder == "first" { 0.3 } else { 0.4 }))
    }));
    let key = |code| Message::Terminal(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    for folder in ["first", "second"] {
        bench.send(key(KeyCode::Char('O')));
        bench.send(Message::Terminal(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL))));
        folder.chars().for_each(|c| bench.send(key(KeyCode::Char(c))));
        bench.send(key(KeyCode::Enter));
    }
    bench.send(key(KeyCode::Char('1')));
    while bench.bench.state.focus != cerebro::tui::app::Pane::Files {
        bench.bench.turn().unwrap();
    }
    assert!((probability(&bench) - 0.973).abs() < 1e-6, "the old verdict stays until the new model has spoken");
    release.send(()).unwrap();
    release.send(()).unwrap();
    bench.settle();
    assert!((probability(&bench) - 0.4).abs() < 1e-6);
    assert_eq!(bench.bench.state.judge.as_ref().unwrap().as_ref().unwrap().name, "second");
}
