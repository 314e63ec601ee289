//! Attacks too new for the data, put into the benign packages that training has.
//!
//! Public collections hold few packages that replace a wallet's functions or start coding agents, so a model never learns what
//! those steps mean. `implants.toml` says how such attacks are told, and each is put into a benign package as one more file.
//! Its twin, with all but the telling steps, goes in beside it as benign: otherwise requests and imports, which every attack
//! has, would become evidence.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Settings;
use super::random::Random;
use crate::behavior::{ModelText, Piece, Vocabulary};
use crate::model::dataset::Example;
use crate::model::slice;
use crate::package::Ecosystem;

/// A text that training reads beside those of real packages.
#[derive(Debug, Clone)]
pub struct Implant {
    /// The host with the attack, or the attack alone with the host's facts; or the same without what tells it.
    pub text: ModelText,
    /// Whether it tells the attack.
    pub malicious: bool,
    /// How much it counts.
    pub weight: f64,
}

/// The grammar.
#[derive(Debug, Deserialize)]
struct Grammar {
    both: Parts,
    npm: Parts,
    pypi: Parts,
    attack: Vec<Attack>,
}

type Parts = BTreeMap<String, Vec<String>>;

/// A kind of attack, and rows of steps that each tell one.
#[derive(Debug, Deserialize)]
struct Attack {
    #[cfg_attr(not(test), expect(dead_code, reason = "names the rows for whoever reads the file"))]
    kind: String,
    steps: Vec<String>,
    #[serde(default = "one")]
    weight: usize,
}

const fn one() -> usize {
    1
}

/// A step of an attack, and whether it tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    words: String,
    tells: bool,
}

/// How deep parts may name each other; the test of the file goes through all of them.
const DEEP: usize = 8;
/// Imports that an attack brings.
const IMPORTS: usize = 5;

/// A file that does not parse is a defect of this crate, found by every test.
#[allow(clippy::panic)]
static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    toml::from_str(include_str!("implants.toml")).unwrap_or_else(|error| panic!("built-in attacks: {error}"))
});

/// Attacks in hosts among these examples, and their twins. Each ecosystem's attacks weigh together a share of its malicious
/// packages ([`Settings::implants`]), their twins as much again. Texts in another vocabulary get none.
#[must_use]
pub fn implants(examples: &[&Example], weights: &[f64], settings: &Settings) -> Vec<Implant> {
    let extended = examples.iter().all(|example| example.reading.vocabulary == Vocabulary::Extended);
    if settings.implants <= 0.0 || !extended {
        return Vec::new();
    }
    let mut made = Vec::new();
    for (number, ecosystem) in (0..).zip([Ecosystem::Npm, Ecosystem::Pypi]) {
        let hosts: Vec<&Example> =
            examples.iter().filter(|e| !e.malicious && e.ecosystem == ecosystem).copied().collect();
        let malicious = examples.iter().zip(weights).filter(|(e, _)| e.malicious && e.ecosystem == ecosystem);
        let weight: f64 = malicious.map(|(_, weight)| weight).sum::<f64>() * settings.implants;
        let count = settings.implanted.min(hosts.len());
        let mut random = Random::new(&[settings.seed, 6, number]);
        for _ in 0..count {
            let Some(host) = hosts.get(random.below(hosts.len())) else { continue };
            for (text, malicious) in one_of(&host.text, ecosystem, &mut random) {
                made.push(Implant { text, malicious, weight: weight / count as f64 / 2.0 });
            }
        }
    }
    made
}

/// One attack in a host: the whole and the attack alone, each with its twin.
fn one_of(host: &ModelText, ecosystem: Ecosystem, random: &mut Random) -> [(ModelText, bool); 4] {
    let phase = match random.below(20) {
        0..3 => "run",
        3..9 => "install",
        _ => "import",
    };
    let mut drawn = Drawn { own: parts(ecosystem), words: HashMap::new(), random };
    let steps = drawn.attack();
    let twin: Vec<Told> = steps.iter().filter(|step| !step.tells).cloned().collect();
    let hook = ecosystem == Ecosystem::Npm && phase == "install";
    let place = drawn.random.share();
    [
        (inside(host, phase, hook, &steps, place), true),
        (inside(host, phase, hook, &twin, place), false),
        (alone(host, phase, hook, &steps), true),
        (alone(host, phase, hook, &twin), false),
    ]
}

fn parts(ecosystem: Ecosystem) -> &'static Parts {
    if ecosystem == Ecosystem::Npm { &GRAMMAR.npm } else { &GRAMMAR.pypi }
}

/// What was drawn of the grammar for one attack.
struct Drawn<'r> {
    own: &'static Parts,
    /// Parts inside other words, which stay the same.
    words: HashMap<String, String>,
    random: &'r mut Random,
}

impl Drawn<'_> {
    fn attack(&mut self) -> Vec<Told> {
        let attacks = &GRAMMAR.attack;
        let mut at = self.random.below(attacks.iter().map(|attack| attack.weight).sum());
        let chosen = attacks.iter().find(|attack| {
            let here = at < attack.weight;
            at = at.saturating_sub(attack.weight);
            here
        });
        let mut steps = Vec::new();
        for _ in 0..=self.random.below(IMPORTS) {
            self.row("{import}", DEEP, &mut steps);
        }
        if let Some(row) = chosen.and_then(|attack| attack.steps.get(self.random.below(attack.steps.len()))) {
            self.row(row, DEEP, &mut steps);
        }
        // A text tells each step once a phase.
        let mut kept: Vec<Told> = Vec::with_capacity(steps.len());
        for step in steps {
            if !kept.iter().any(|known| known.words == step.words) {
                kept.push(step);
            }
        }
        kept
    }

    fn row(&mut self, row: &'static str, deep: usize, steps: &mut Vec<Told>) {
        for step in row.split(',').map(str::trim) {
            let maybe = step.starts_with('?');
            let step = step.trim_start_matches('?');
            if maybe && self.random.share() < 0.5 || deep == 0 {
                continue;
            }
            if let Some(part) = step.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                if let Some(row) = self.draw(part) {
                    self.row(row, deep - 1, steps);
                }
                continue;
            }
            let tells = step.starts_with('!');
            let words = self.filled(step.trim_start_matches('!'));
            steps.push(Told { words, tells });
        }
    }

    fn draw(&mut self, part: &str) -> Option<&'static str> {
        let rows = self.own.get(part).or_else(|| GRAMMAR.both.get(part))?;
        rows.get(self.random.below(rows.len())).map(String::as_str)
    }

    /// A step with the parts inside it drawn.
    fn filled(&mut self, step: &str) -> String {
        let Some((before, rest)) = step.split_once('{') else { return step.to_owned() };
        let Some((part, after)) = rest.split_once('}') else { return step.to_owned() };
        let word = match self.words.get(part) {
            Some(word) => word.clone(),
            None => self.draw(part).unwrap_or_default().to_owned(),
        };
        self.words.insert(part.to_owned(), word.clone());
        format!("{before}{word}{after}")
    }
}

/// The host with steps in a phase, from a place on among those that are there.
fn inside(host: &ModelText, phase: &str, hook: bool, steps: &[Told], place: f64) -> ModelText {
    let order = |word: &str| slice::PHASES.iter().position(|known| *known == word);
    let facts = slice::facts(host);
    let mut out = Text::default();
    let mut pieces = host.pieces.iter().enumerate().peekable();
    out.facts(host, hook);
    while pieces.next_if(|(index, _)| *index < facts).is_some() {}
    // Phases before it.
    let starts = |piece: &Piece| if slice::is_heading(host, piece) { order(slice::words(host, piece)) } else { None };
    while let Some((_, piece)) = pieces.next_if(|(_, piece)| starts(piece).is_none_or(|at| Some(at) < order(phase))) {
        out.keep(host, piece);
    }
    match pieces.next_if(|(_, piece)| starts(piece) == order(phase)) {
        Some((_, heading)) => out.keep(host, heading),
        None => out.add(phase, false),
    }
    let mut inner = Vec::new();
    while let Some((_, piece)) = pieces.next_if(|(_, piece)| starts(piece).is_none()) {
        inner.push(piece);
    }
    let at = ((inner.len() + 1) as f64 * place) as usize;
    let there: Vec<&str> = inner.iter().map(|piece| slice::words(host, piece)).collect();
    for piece in inner.iter().take(at) {
        out.keep(host, piece);
    }
    for step in steps.iter().filter(|step| !there.contains(&step.words.as_str())) {
        out.add(&step.words, true);
    }
    for piece in inner.iter().skip(at) {
        out.keep(host, piece);
    }
    for (_, piece) in pieces {
        out.keep(host, piece);
    }
    out.0
}

/// The steps with the host's facts.
fn alone(host: &ModelText, phase: &str, hook: bool, steps: &[Told]) -> ModelText {
    let mut out = Text::default();
    out.facts(host, hook);
    out.add(phase, false);
    for step in steps {
        out.add(&step.words, true);
    }
    out.0
}

/// A text that is put together.
#[derive(Default)]
struct Text(ModelText);

impl Text {
    /// The facts of a host, and that a script runs on installation.
    fn facts(&mut self, host: &ModelText, hook: bool) {
        let facts = slice::facts(host);
        let mut known = Vec::new();
        for piece in host.pieces.iter().take(facts) {
            known.push(slice::words(host, piece));
            self.keep(host, piece);
        }
        if known.is_empty() {
            self.add("facts", false);
        }
        for fact in ["install script", "install script node"] {
            if hook && !known.contains(&fact) {
                self.add(fact, false);
            }
        }
    }

    fn keep(&mut self, host: &ModelText, piece: &Piece) {
        self.add(slice::words(host, piece), !piece.steps.is_empty());
    }

    fn add(&mut self, words: &str, step: bool) {
        let steps = if step { vec![0] } else { Vec::new() };
        self.0.push(words, Piece { steps, ..Piece::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behavior::vocabulary;

    fn host() -> ModelText {
        let mut out = Text::default();
        for (words, step) in [
            ("facts", false),
            ("high version", false),
            ("install", false),
            ("read", true),
            ("import", false),
            ("import fs", true),
            ("read text", true),
            ("run", false),
            ("arguments", true),
        ] {
            out.add(words, step);
        }
        out.0
    }

    fn steps(words: &[&str]) -> Vec<Told> {
        words.iter().map(|words| Told { words: (*words).to_owned(), tells: true }).collect()
    }

    #[test]
    fn every_word_of_every_attack_is_one_that_the_extractor_writes() {
        let grammar = &*GRAMMAR;
        let mut unknown = std::collections::BTreeSet::new();
        for own in [&grammar.npm, &grammar.pypi] {
            let part = |name: &str| own.get(name).or_else(|| grammar.both.get(name));
            let rows =
                own.values().chain(grammar.both.values()).chain(grammar.attack.iter().map(|a| &a.steps)).flatten();
            for step in rows.flat_map(|row| row.split(',')) {
                let step = step.trim().trim_start_matches('?').trim_start_matches('!');
                let mut filled = vec![step.to_owned()];
                while let Some(open) = filled.iter().position(|step| step.contains('{')) {
                    let step = filled.swap_remove(open);
                    let (before, rest) = step.split_once('{').unwrap();
                    let (name, after) = rest.split_once('}').unwrap();
                    let rows = part(name).unwrap_or_else(|| panic!("no part {name}"));
                    assert!(!rows.is_empty());
                    // A whole step is a part whose rows are looked at by themselves.
                    if !(before.is_empty() && after.is_empty()) {
                        filled.extend(rows.iter().map(|word| format!("{before}{word}{after}")));
                    }
                }
                unknown.extend(filled.into_iter().filter(|words| !vocabulary().writes(words)));
            }
        }
        assert!(unknown.is_empty(), "the extractor does not write {unknown:?}");
        assert!(grammar.attack.iter().all(|attack| !attack.kind.is_empty() && attack.weight > 0));
    }

    #[test]
    fn every_attack_tells_something_that_its_twin_does_not() {
        for ecosystem in [Ecosystem::Npm, Ecosystem::Pypi] {
            for seed in 0..500 {
                let mut random = Random::new(&[seed]);
                let mut drawn = Drawn { own: parts(ecosystem), words: HashMap::new(), random: &mut random };
                let steps = drawn.attack();
                assert!(steps.iter().any(|step| step.tells), "{steps:?}");
                assert!(steps.iter().all(|step| !step.words.contains(['{', '!', '?'])), "{steps:?}");
            }
        }
    }

    #[test]
    fn steps_stand_in_their_phase() {
        let steps = steps(&["send traffic", "read text"]);
        let text = |phase, place| inside(&host(), phase, false, &steps, place).text;
        let after = "facts high version install read import import fs read text send traffic run arguments";
        assert_eq!(text("import", 0.99), after);
        let before = "facts high version install read import send traffic import fs read text run arguments";
        assert_eq!(text("import", 0.0), before);
        let new =
            "facts high version install read import import fs read text run arguments aside send traffic read text";
        assert_eq!(text("aside", 0.5), new);
        let hooked = alone(&host(), "install", true, &steps).text;
        assert_eq!(hooked, "facts high version install script install script node install send traffic read text");
    }

    #[test]
    fn a_host_is_kept_as_it_is() {
        let kept = inside(&host(), "import", false, &[], 0.5);
        assert_eq!(kept.text, host().text);
        assert!(kept.pieces.iter().zip(&host().pieces).all(|(kept, piece)| kept.range == piece.range));
    }
}
