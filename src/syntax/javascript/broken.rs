//! Stretches that the parser could not place. It leaves their pieces in order; calls are put together again.

use tree_sitter::Node;

use super::Lowerer;
use super::kind::Kind;
use crate::syntax::ir::{Arg, Node as Ir, NodeId};
use crate::text::Span;

/// A call whose closing parenthesis has not been seen.
struct Open {
    callee: NodeId,
    args: Vec<NodeId>,
    start: usize,
}

impl<'t> Lowerer<'t> {
    /// The pieces of an error node: `eval("a` is still a call of `eval`.
    pub(super) fn broken(&mut self, node: Node<'t>) -> NodeId {
        let mut done = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        // The last piece, if what follows may call it.
        let mut callee: Option<(NodeId, usize)> = None;
        for piece in self.children_and_tokens(node) {
            let called = callee.take();
            match self.kind(piece) {
                Kind::Type => {}
                Kind::Token => match (piece.kind(), called) {
                    ("(", Some((callee, start))) => {
                        open.last_mut().map_or(&mut done, |outer| &mut outer.args).pop();
                        open.push(Open { callee, args: Vec::new(), start });
                    }
                    (")", _) => self.close(&mut open, &mut done, piece),
                    (";" | "{" | "}", _) => {
                        while !open.is_empty() {
                            self.close(&mut open, &mut done, piece);
                        }
                    }
                    _ => {}
                },
                kind => {
                    let value = self.expression(piece);
                    if matches!(kind, Kind::Identifier | Kind::Member | Kind::Subscript | Kind::Import) {
                        callee = Some((value, piece.start_byte()));
                    }
                    open.last_mut().map_or(&mut done, |outer| &mut outer.args).push(value);
                }
            }
        }
        while !open.is_empty() {
            self.close(&mut open, &mut done, node);
        }
        self.add(Ir::Seq(done), node)
    }

    fn close(&mut self, open: &mut Vec<Open>, done: &mut Vec<NodeId>, end: Node<'t>) {
        let Some(Open { callee, args, start }) = open.pop() else { return };
        let args = args.into_iter().map(|value| Arg { name: None, value }).collect();
        let span = Span { start, end: end.end_byte() };
        let call = self.builder.add(Ir::Call { callee, args, new: false }, span);
        open.last_mut().map_or(done, |outer| &mut outer.args).push(call);
    }
}
