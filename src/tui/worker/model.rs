//! The worker that loads models: the first one, then others as they are asked for, one after the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::behavior::Reading;
use crate::case::Case;
use crate::diff::Update;
use crate::model::calibration::sigmoid;
use crate::model::explain::Choice;
use crate::model::{Device, Model};
use crate::package::Package;

use super::super::derived::shown::Shown;
use super::latest::Latest;
use super::{Answer, Judge, Post, Ticket, guarded, reading};

/// The files that a model may consist of.
const FILES: [&str; 5] = ["config.json", "tokenizer.json", "model.safetensors", "linear.json", "cerebro.json"];
/// Those without which there is none.
const NEEDED: usize = 3;

/// Loads the model in a folder, or the one that the program starts with.
pub type Load = Arc<dyn Fn(Option<&Path>) -> Result<Judge, String> + Send + Sync>;

/// Reads the code of a package another way.
pub type Again = Arc<dyn Fn(Arc<Package>, &Reading) -> Result<Case, String> + Send + Sync>;

/// A model to be loaded, which then reads.
#[derive(Debug)]
pub struct LoadWork {
    /// Newest wins.
    pub ticket: Ticket,
    /// Where it lies; `None` for the one that the program starts with.
    pub folder: Option<PathBuf>,
    /// Hash of the model in use, `""` where there is none: the same one is not taken twice.
    pub known: String,
    /// What it reads, where it is there already.
    pub shown: Option<Box<Shown>>,
}

/// What came of it.
#[derive(Debug)]
pub enum Loaded {
    /// It is the model that is in use already.
    Same,
    /// Another one.
    New {
        /// The model.
        judge: Arc<Judge>,
        /// The case, judged by it; `None` where there was none yet.
        shown: Option<Box<Shown>>,
    },
}

impl Judge {
    /// Loads a model folder. A model that reads code another way than the case has it has it read `again`.
    ///
    /// # Errors
    /// When it holds no model, the model is damaged, or it is being written; the error says what to do.
    pub fn load(folder: &Path, device: &Device, again: Again) -> Result<Self, String> {
        if let Some(name) = FILES.iter().take(NEEDED).find(|name| !folder.join(name).is_file()) {
            let folder = folder.display();
            return Err(format!("{folder} has no {name}; name a folder that cerebro train has finished (O)"));
        }
        let before = stamps(folder);
        let model = Model::load(folder, device).map_err(|e| e.to_string());
        // A training that ends just now writes file after file: half of each model would be neither.
        if stamps(folder) != before {
            let folder = folder.display();
            return Err(format!("{folder} was written while it was read; try again when the training is done (R)"));
        }
        let model = Arc::new(model?);
        let (explainer, doubter, comparer) = (Arc::clone(&model), Arc::clone(&model), Arc::clone(&model));
        Ok(Self {
            name: model.name().to_owned(),
            hash: model.hash().to_owned(),
            calibration_error: model.calibration_error(),
            mismatch: model.mismatch(),
            folder: folder.to_owned(),
            read: Box::new(move |mut case: Case| {
                if case.reading != *model.reading() {
                    let (open, external) = (case.timing.open, case.external);
                    case = again(case.package, model.reading())?.with_external(external);
                    case.timing.open = open;
                }
                case.judge(&model).map_err(|e| e.to_string())
            }),
            explain: Box::new(move |case: &Case, method| {
                explainer.explain(&case.text, method, Choice::default()).map_err(|e| e.to_string())
            }),
            without: Box::new(move |case: &Case, pieces| {
                let odds = doubter.without(&case.text, &[pieces.to_vec()]).map_err(|e| e.to_string())?;
                Ok(odds.first().map_or(0.0, |odds| sigmoid(*odds) as f32))
            }),
            update: Box::new(move |old: &Case, new: &Case| Update::of(old, new, &comparer).map_err(|e| e.to_string())),
        })
    }
}

/// When each file was last written, and its size.
fn stamps(folder: &Path) -> [Option<(SystemTime, u64)>; FILES.len()] {
    FILES.map(|name| {
        let known = std::fs::metadata(folder.join(name)).ok()?;
        Some((known.modified().ok()?, known.len()))
    })
}

pub(super) fn start(
    first: Box<dyn FnOnce() -> Result<Judge, String> + Send>,
    load: Load,
    to: &Post,
) -> Latest<LoadWork> {
    let given_up = |work: LoadWork| Answer::Loaded { ticket: work.ticket, loaded: Ok(Loaded::Same) };
    Latest::set_up("model", to, given_up, move |tell| {
        tell(Answer::Model(guarded("loading the model", first).and_then(|r| r).map(Arc::new)));
        move |LoadWork { ticket, folder, known, shown }, tell, _| {
            let loaded = guarded("loading the model", || {
                let judge = load(folder.as_deref())?;
                if judge.hash == known {
                    return Ok(Loaded::Same);
                }
                // Judged before the model takes the place of the old one: a model that fails on the package is none.
                let shown = shown.map(|shown| reading::judged(&shown, &judge)).transpose()?;
                Ok(Loaded::New { judge: Arc::new(judge), shown })
            });
            tell(Answer::Loaded { ticket, loaded: loaded.and_then(|r| r) });
        }
    })
}
