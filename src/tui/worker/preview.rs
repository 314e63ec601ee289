//! What a file that is no text shows to the eye.

use std::sync::Arc;

use crate::evidence::preview::Preview;
use crate::sandbox::Sandbox;

use super::Job;

/// Make the preview of bytes.
pub struct PreviewJob {
    /// What it is about, for errors.
    pub path: String,
    /// They.
    pub bytes: Arc<[u8]>,
}

impl Job for PreviewJob {
    type Made = Result<Option<Arc<Preview>>, String>;
    const NAME: &'static str = "preview";

    fn make(self, sandbox: &Sandbox) -> Self::Made {
        let made = sandbox.preview(&self.path, &self.bytes).map_err(|error| error.to_string())?;
        Ok(made.map(Arc::new))
    }
}
