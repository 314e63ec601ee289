//! The tables of an evaluation, kept beside the model that they are of.

use std::path::Path;

use crate::model::ModelError;

/// The file in a model's folder.
const FILE: &str = "MEASURED.md";

/// Writes the tables of an evaluation beside a model, in place of those of an earlier one. What they amount to is for the model
/// card to say.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write(folder: &Path, tables: &str) -> Result<(), ModelError> {
    let path = folder.join(FILE);
    std::fs::write(&path, page(tables)).map_err(|e| ModelError::file(&path, &e))
}

fn page(tables: &str) -> String {
    format!(
        "# What was measured\n\nThe tables that `cerebro eval` wrote for this model; do not edit them. What they mean: [model \
         card](README.md). Back to the [front page](../../README.md).\n\n{}\n",
        tables.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_replace_those_before() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "| a |\n\n").unwrap();
        write(folder.path(), "| b |\n").unwrap();
        let page = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(page.ends_with("\n\n| b |\n") && !page.contains("| a |"), "{page}");
    }
}
