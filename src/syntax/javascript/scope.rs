//! Which function or block a name belongs to.

use std::sync::Arc;

use tree_sitter::Node;

use super::Lowerer;
use crate::syntax::ir::{Block, Node as Ir, NodeId, Param};

/// How a name is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    /// For the whole function: `var`, imports, enums.
    Var,
    /// For the block: `let`, `const`, `class`, `catch`.
    Lexical,
    /// A function: for the function that it stands in or, in a block, for the block and perhaps the function around.
    Function,
}

impl Declared {
    /// What a keyword before names says.
    pub(super) fn by(keyword: &str) -> Self {
        if keyword == "var" { Self::Var } else { Self::Lexical }
    }
}

/// What a function keeps of the function around while its body is lowered.
pub(super) struct Outer {
    locals: Vec<Arc<str>>,
    lexical: Vec<Arc<str>>,
    in_block: bool,
    in_blocks: Vec<(Arc<str>, NodeId)>,
}

impl<'t> Lowerer<'t> {
    /// Notes that the names of a pattern are declared here.
    pub(super) fn declare(&mut self, target: NodeId, how: Declared) {
        let mut names = Vec::new();
        self.bound_names(target, &mut names);
        match how {
            Declared::Lexical => self.lexical.extend(names),
            // Told apart by its place among the block's names: see `block_of`.
            Declared::Function if self.in_block => {
                self.in_blocks.extend(names.iter().map(|name| (Arc::clone(name), NodeId(u32::MAX))));
                self.lexical.extend(names);
            }
            Declared::Function | Declared::Var => self.locals.extend(names),
        }
    }

    /// Lowers what has names of its own; a block that declares none is no block.
    pub(super) fn scoped(&mut self, node: Node<'t>, lower: impl FnOnce(&mut Self) -> NodeId) -> NodeId {
        let lexical = std::mem::take(&mut self.lexical);
        let in_block = std::mem::replace(&mut self.in_block, true);
        let from = self.in_blocks.len();
        let body = lower(self);
        self.in_block = in_block;
        let names = std::mem::replace(&mut self.lexical, lexical);
        let block = self.block_of(names, body, node);
        for (_, place) in self.in_blocks.iter_mut().skip(from).filter(|(_, place)| *place == NodeId(u32::MAX)) {
            *place = block;
        }
        block
    }

    /// A node with names of its own.
    pub(super) fn block_of(&mut self, mut names: Vec<Arc<str>>, body: NodeId, node: Node<'t>) -> NodeId {
        if names.is_empty() {
            return body;
        }
        names.sort_unstable();
        names.dedup();
        self.add(Ir::Block(Box::new(Block { names, body })), node)
    }

    /// Begins a function's body.
    pub(super) fn begin_scope(&mut self) -> Outer {
        Outer {
            locals: std::mem::take(&mut self.locals),
            lexical: std::mem::take(&mut self.lexical),
            in_block: std::mem::take(&mut self.in_block),
            in_blocks: std::mem::take(&mut self.in_blocks),
        }
    }

    /// Ends a function's body, and yields the names that are its own.
    pub(super) fn end_function(&mut self, outer: Outer, params: &[Param]) -> Vec<Arc<str>> {
        let mut bound = Vec::new();
        for param in params {
            self.bound_names(param.target, &mut bound);
        }
        let hoisted = self.hoist(&bound);
        let lexical = std::mem::replace(&mut self.lexical, outer.lexical);
        let mut locals = std::mem::replace(&mut self.locals, outer.locals);
        self.in_block = outer.in_block;
        self.in_blocks = outer.in_blocks;
        locals.extend(lexical);
        locals.extend(hoisted);
        locals.sort_unstable();
        locals.dedup();
        locals
    }

    /// Ends the top level, and yields the names that it keeps to itself and the others that it declares.
    pub(super) fn end_scope(&mut self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        let hoisted = self.hoist(&[]);
        let (mut lexical, mut vars) = (std::mem::take(&mut self.lexical), std::mem::take(&mut self.locals));
        vars.extend(hoisted);
        for names in [&mut lexical, &mut vars] {
            names.sort_unstable();
            names.dedup();
        }
        (lexical, vars)
    }

    /// Outside of strict mode a function declared in a block is a name of the function around as well, unless that has the
    /// name already: then only the block is meant.
    fn hoist(&mut self, params: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut hoisted = Vec::new();
        for (name, block) in std::mem::take(&mut self.in_blocks) {
            if !self.locals.contains(&name) && !self.lexical.contains(&name) && !params.contains(&name) {
                self.builder.hoist(block, &name);
                hoisted.push(name);
            }
        }
        hoisted
    }
}
