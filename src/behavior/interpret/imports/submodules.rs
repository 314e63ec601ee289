//! How a Python module comes to run: imported by name on its own, or as the program.

use crate::behavior::interpret::entries::is_aside;
use crate::behavior::interpret::{Frame, Interpreter};
use crate::package::{Phase, Target};
use crate::syntax::Doc;
use crate::syntax::ir::{Node, NodeId, Op};

impl Interpreter<'_> {
    /// `import package.module` runs a module that nothing in the package imports: the top level of each of an installed
    /// package's modules belongs to the import phase. Tests, documentation and programs (`__main__`) do not.
    pub fn visit_submodules(&mut self) {
        let folders: Vec<String> = self
            .package
            .entries
            .iter()
            .filter(|entry| entry.phase == Phase::Import)
            .filter_map(|entry| match entry.target {
                Target::File(file) => self.package.files.get(file)?.path.strip_suffix("__init__.py"),
                _ => None,
            })
            .map(str::to_owned)
            .collect();
        let mut modules: Vec<(String, usize, usize)> = Vec::new();
        for (&file, &document) in &self.by_file {
            let path = self.package.files.get(file).map_or("", |f| f.path.as_str());
            let Some(folder) = folders.iter().find(|folder| path.starts_with(folder.as_str())) else { continue };
            let Some(module) = path.strip_suffix(".py") else { continue };
            let inside = module.get(folder.len()..).unwrap_or_default();
            let importable = inside.split('/').all(|part| !part.contains(['.', '-']) && part != "__main__");
            if importable && !is_aside(inside) && !self.module_of.contains_key(&document) {
                let above = folder.trim_end_matches('/').rsplit_once('/').map_or(0, |(above, _)| above.len() + 1);
                let name = module.get(above..).unwrap_or(module).trim_end_matches("/__init__").replace('/', ".");
                modules.push((name, file, document));
            }
        }
        modules.sort_unstable();
        for (name, _, document) in modules {
            self.begin_entry(Phase::Import, &format!("import {name} (by itself)"));
            self.load(document);
            self.end_entry();
        }
    }

    /// Whether a condition asks if the module is the program, and what the answer is here; `None` for other conditions.
    pub fn program_test(&self, frame: &Frame, test: NodeId) -> Option<bool> {
        if frame.dialect.is_javascript() {
            return None;
        }
        let Node::Binary(Op::Eq, operands) = frame.unit.node(test) else { return None };
        let name = |node: &Node| matches!(node, Node::Name(name) if &**name == "__name__");
        let main = |node: &Node| matches!(node, Node::Str(text) if &**text == "__main__");
        let asks = |a: NodeId, b: NodeId| name(frame.unit.node(a)) && main(frame.unit.node(b));
        // Code in a layer has the name of whoever runs it.
        if !matches!(self.documents.get(frame.doc)?.doc, Doc::File(_)) {
            return None;
        }
        match operands.as_slice() {
            [a, b] if asks(*a, *b) || asks(*b, *a) => Some(self.control.program == Some(frame.doc)),
            _ => None,
        }
    }

    /// Walks what a module does only as a program.
    pub fn visit_main_blocks(&mut self, document: usize) {
        for (frame, block) in self.main_blocks.remove(&document).unwrap_or_default() {
            self.guarded(|this| this.eval(&frame, block));
        }
    }
}
