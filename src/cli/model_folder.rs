//! Where the model lies.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

/// Finds the shipped model: `models/` beside the program (or above it, in a build folder), in `share/cerebro` of the same
/// installation, in the user's data folder, or in the sources that the program was built from. Never in the current folder,
/// where an unpacked package could have put a model of its own.
///
/// # Errors
/// When there is none; the error says where it was looked for and what to do.
pub fn find() -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let places = places();
    if let Some(found) = places.iter().find_map(|place| model_in(place)) {
        return Ok(found);
    }
    let looked: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
    let looked = looked.join(", ");
    Err(format!(
        "no model was found (looked in {looked}); name a model folder with --model DIR, or make one with cerebro train"
    )
    .into())
}

fn places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    let program = env::current_exe().and_then(fs::canonicalize).ok();
    if let Some(folder) = program.as_deref().and_then(Path::parent) {
        places.push(folder.join("models"));
        if let Some(prefix) = folder.parent() {
            places.push(prefix.join("share/cerebro/models"));
            // target/release/cerebro, wherever the checkout was moved to after the build.
            if prefix.file_name().is_some_and(|name| name == "target") {
                places.extend(prefix.parent().map(|checkout| checkout.join("models")));
            }
        }
    }
    if let Ok(folders) = etcetera::choose_base_strategy() {
        places.push(folders.data_dir().join("cerebro/models"));
    }
    places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    places.dedup();
    places
}

/// The model folder that `place` is, or the first by name that it holds.
fn model_in(place: &Path) -> Option<PathBuf> {
    let is_model = |folder: &Path| folder.join("config.json").is_file() && folder.join("model.safetensors").is_file();
    if is_model(place) {
        return Some(place.to_path_buf());
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(place).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    inside.sort();
    inside.into_iter().find(|folder| is_model(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_a_folder_with_weights_or_the_first_in_it() {
        let place = tempfile::TempDir::new().unwrap();
        assert_eq!(model_in(place.path()), None);
        for name in ["b", "a", "0-no-weights"] {
            let folder = place.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("config.json"), "{}").unwrap();
            if name != "0-no-weights" {
                fs::write(folder.join("model.safetensors"), "").unwrap();
            }
        }
        assert_eq!(model_in(place.path()), Some(place.path().join("a")));
        assert_eq!(model_in(&place.path().join("b")), Some(place.path().join("b")));
        assert_eq!(model_in(&place.path().join("missing")), None);
    }
}
