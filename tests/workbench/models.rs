//! Another model while the package stays open.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use cerebro::behavior::{Part, Reading};
use cerebro::case::{Case, State as Judged};
use cerebro::package::Package;
use cerebro::syntax::{Doc, Layer};
use cerebro::text::{Source, Span};
use cerebro::tui::state::{Message, Overlay};
use cerebro::tui::view::View;
use cerebro::tui::widget::prompt::Prompt;
use cerebro::tui::worker::{Judge, Load};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::case;
use super::harness::{Bench, Given, again, judge, message};

/// A model that always says the same.
fn says(name: &str, folder: &str, probability: f32) -> Judge {
    let read = move |case| Ok(case::judged(case, probability));
    Judge { name: name.to_owned(), hash: format!("{name}-hash"), folder: folder.into(), ..judge(read) }
}

fn bench(reload: Load) -> Bench {
    let mut bench = Bench::open(120, 40, Given { reload, ..Given::new(case::package()) });
    bench.settle();
    bench.shows("ALARM risk 97.3 %");
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
    bench.shows("risk 10.0 %").shows("The model second (second-hash…) is in use now.");
    bench.keys("i").shows("second second-hash").keys("q");
    assert_eq!(*asked.lock().unwrap(), [Some(PathBuf::from("models/second"))]);
    // The label that is given now names the model whose answer is on the screen.
    bench.keys("m m").shows("Recorded: malicious");
    // Reloading asks for the folder that is in use, and sees that nothing has changed.
    bench.keys("R").shows("nothing has changed").shows("risk 10.0 %");
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
    bench.keys("R").shows("risk 20.0 %").shows("The model by hand (by hand-hash…) is in use now.");
}

#[test]
fn the_old_model_stays_where_the_new_one_cannot_be_loaded() {
    let mut bench =
        bench(Arc::new(|folder: Option<&Path>| Judge::load(folder.unwrap(), &cerebro::model::Device::cpu(), again())));
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join("config.json"), "{}").unwrap();
    bench.resize(250, 40).keys("O ctrl-u").text(empty.path().to_str().unwrap()).keys("enter");
    bench
        .shows("the model by hand stays")
        .shows("has no tokenizer.json; name a folder that cerebro train has finished");
    bench.shows("ALARM risk 97.3 %");
    assert_eq!(bench.bench.state.judge.as_ref().unwrap().as_ref().unwrap().name, "by hand");
    for name in ["tokenizer.json", "model.safetensors"] {
        std::fs::write(empty.path().join(name), "damaged").unwrap();
    }
    bench.keys("O ctrl-u").text(empty.path().to_str().unwrap()).keys("enter");
    bench.shows("the model by hand stays").shows("not a BERT configuration").shows("ALARM risk 97.3 %");
}

#[test]
fn a_model_that_loads_but_fails_on_the_package_does_not_take_over() {
    let mut bench = bench(Arc::new(|_| Ok(Judge { hash: "new".to_owned(), ..judge(|_| panic!("boom")) })));
    bench.keys("R").shows("the model by hand stays").shows("boom").shows("ALARM risk 97.3 %");
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
    bench.keys("R").shows("ALARM risk 90.0 %").hides("no verdict");
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
    while bench.bench.state.focus != cerebro::tui::state::Pane::Files {
        bench.bench.turn().unwrap();
    }
    assert!((probability(&bench) - 0.973).abs() < 1e-6, "the old verdict stays until the new model has spoken");
    release.send(()).unwrap();
    release.send(()).unwrap();
    bench.settle();
    assert!((probability(&bench) - 0.4).abs() < 1e-6);
    assert_eq!(bench.bench.state.judge.as_ref().unwrap().as_ref().unwrap().name, "second");
}

/// The package read in another way: a layer more, before the one that is known, and a step less; or without any layer.
fn read_otherwise(case: Case, layers: bool) -> Case {
    let mut sequence = case::sequence();
    sequence.steps.remove(0);
    if layers {
        let text = Arc::new(Source::new("more".to_owned()));
        let more = Layer::found(Doc::File(5), Span { start: 1, end: 9 }, vec!["hex".to_owned()], text);
        sequence.layers.insert(0, more);
    } else {
        sequence.layers.clear();
        sequence.steps.retain(|step| step.doc != Doc::Layer(0));
    }
    for step in sequence.steps.iter_mut().filter(|step| step.doc == Doc::Layer(0)) {
        step.doc = Doc::Layer(1);
    }
    let package = Arc::clone(&case.package);
    let reading = Reading { without: [Part::Facts].into(), ..Reading::default() };
    let read = case::read(Package::clone(&package), sequence);
    case::judged(Case { package, reading, ..read }, 0.9)
}

/// The lab open on a layer, the finder open above it, places behind; then a model answers that reads in another way.
fn reread(layers: bool) -> Bench {
    let (release, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let mut bench = bench(Arc::new(move |_| {
        wait.lock().unwrap().recv().unwrap();
        let read = move |case| Ok(read_otherwise(case, layers));
        Ok(Judge { hash: "otherwise".to_owned(), ..judge(read) })
    }));
    bench.show(case::sequence());
    bench.keys("p").text("exec").keys("enter");
    assert_eq!(bench.bench.state.viewer.doc, Some(Doc::Layer(0)));
    bench.keys("3 ] ] [ p").text("exec").keys("enter X");
    assert_eq!(bench.bench.state.lab.as_ref().map(|lab| lab.doc), Some(Doc::Layer(0)));
    bench.send(message("R"));
    bench.send(message("p"));
    release.send(()).unwrap();
    bench.settle();
    bench.shows("is in use now");
    bench
}

#[test]
fn another_reading_gives_every_place_its_new_number() {
    let mut bench = reread(true);
    let state = &bench.bench.state;
    assert_eq!(state.lab.as_ref().map(|lab| lab.doc), Some(Doc::Layer(1)));
    assert_eq!(state.viewer.doc, Some(Doc::Layer(1)));
    let Some(Overlay::Prompt(Prompt::Finder(finder))) = &state.overlay else { panic!("{:?}", state.overlay) };
    let listed: Vec<Doc> =
        finder.picker.found.iter().map(|found| found.doc).filter(|doc| *doc != Doc::File(0)).collect();
    assert!(listed.contains(&Doc::Layer(0)) && listed.contains(&Doc::Layer(1)), "{listed:?}");
    // The step that was selected is the same, under the number before.
    let step = &state.docs.sequence().steps[state.steps.step().unwrap()];
    assert_eq!(step.span, case::sequence().steps[state.steps.step().unwrap() + 1].span);
    // Out of the lab, and back over the places behind: each still shows its text.
    bench.keys("esc esc").shows("print(1)");
    for _ in 0..6 {
        bench.keys("(");
        let state = &bench.bench.state;
        if let Some(Doc::Layer(layer)) = state.viewer.doc {
            assert_eq!(layer, 1);
        }
    }
}

#[test]
fn a_lab_whose_text_is_gone_in_another_reading_is_closed() {
    let mut bench = reread(false);
    let state = &bench.bench.state;
    assert!(state.lab.is_none() && state.view != View::Lab);
    assert!(matches!(state.viewer.doc, Some(Doc::File(_))), "{:?}", state.viewer.doc);
    bench.keys("esc");
    for _ in 0..6 {
        bench.keys("(");
        assert!(matches!(bench.bench.state.viewer.doc, Some(Doc::File(_))));
    }
}
