//! Data that stands for code, and data behind a cipher whose key is known.

use crate::behavior::catalogue::PYTHON;
use crate::behavior::interpret::value::{Val, Value};
use crate::behavior::interpret::{Dialect, Frame, Interpreter};
use crate::behavior::taint::Taint;
use crate::package::{Loss, Skip};
use crate::syntax::ir::NodeId;
use crate::syntax::{cipher, frozen};

/// Most keys kept.
const MAX_KEYS: usize = 64;

impl Interpreter<'_> {
    /// What a cipher yields whose key was met before; a token tells which key is its own.
    pub fn deciphered(&mut self, plain: &str, values: &[Val]) -> Option<Val> {
        let first = values.first()?;
        if plain.ends_with("fernet.Fernet") || plain == "Fernet" {
            let key = first.as_bytes()?;
            if self.layers.keys.len() < MAX_KEYS {
                self.layers.keys.push(key.into());
            }
            return None;
        }
        if !plain.ends_with("Fernet.decrypt") {
            return None;
        }
        let token = first.as_bytes()?;
        let data = self.layers.keys.iter().find_map(|key| cipher::fernet(key, token))?;
        let taint = first.taint | Taint::DECODED;
        Some(match String::from_utf8(data) {
            Ok(text) => Val::bytes(text.into_bytes(), taint),
            Err(error) => Val::bytes(error.into_bytes(), taint),
        })
    }

    /// `marshal.loads(..)`, `pickle.loads(..)` on constant data: a listing of it is walked as a layer. Yields the data
    /// again for `marshal`, so that running it is seen as running what is already listed.
    pub fn load_serialized(&mut self, frame: &Frame, id: NodeId, plain: &str, values: &[Val]) -> Option<Val> {
        let data = values.first()?;
        let Value::Bytes(bytes) = &data.value else { return None };
        let name = plain.rsplit_once('.')?.0;
        let marshalled = name == "marshal";
        let listing = if marshalled { code_listing(bytes) } else { frozen::pickle_listing(bytes) }?;
        self.note_cut(frame, &listing);
        self.note_recipe(data);
        let recipe = [self.recipe_of(data), vec![if marshalled { "marshal" } else { "pickle" }.to_owned()]].concat();
        self.layer(frame, id, &listing, Dialect::Python, recipe);
        Some(Val::path("types.CodeType()").with(data.taint | Taint::DECODED))
    }

    /// A listing that a bound cut short is told.
    fn note_cut(&mut self, frame: &Frame, listing: &str) {
        if listing.ends_with(frozen::CUT) {
            let path = self.file_of(frame.doc).unwrap_or_default();
            let reason = "the listing of frozen code or data reached a limit";
            self.sequence.skipped.push(Skip::new(Loss::Walk, path, reason).in_layer(self.layer_of(frame.doc)));
        }
    }

    /// A compiled file or pickle that lies in the package.
    pub fn serialized_file(&mut self, frame: &Frame, path: &str, bytes: &[u8]) {
        let (listing, how) = match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("pyc" | "pyo") => (frozen::compiled_listing(bytes, &is_module, &is_call), "marshal"),
            Some("pkl" | "pickle") => (frozen::pickle_listing(bytes), "pickle"),
            _ => return,
        };
        if let Some(listing) = listing {
            self.note_cut(frame, &listing);
            self.run_layer(frame, NodeId(1), &listing, Dialect::Python, how);
        }
    }
}

fn code_listing(bytes: &[u8]) -> Option<String> {
    frozen::code_listing(bytes, &is_module, &is_call)
}

fn is_module(name: &str) -> bool {
    PYTHON.module(name).is_some()
}

fn is_call(path: &str) -> bool {
    PYTHON.call(path).is_some()
}
