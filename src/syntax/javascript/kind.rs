//! The grammars' node kinds as one enum, so that a node is told apart by one table look-up and not by comparing text.

use std::num::NonZeroU16;
use std::sync::LazyLock;

use crate::syntax::ir::Language;

macro_rules! kinds {
    ($($variant:ident $($name:literal)|+,)*) => {
        /// What a node of the tree is, as far as lowering cares.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind {
            $($variant,)*
            /// Punctuation and keywords.
            Token,
            /// A stretch that the parser could not place.
            Error,
            /// Named, but without a meaning of its own.
            Other,
        }

        impl Kind {
            fn named(name: &str) -> Self {
                match name {
                    $($($name)|+ => Self::$variant,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

kinds! {
    Comment "comment" | "html_comment" | "hash_bang_line",
    // Nothing of these is there when the program runs.
    Type "type_annotation" | "type_arguments" | "type_parameters" | "interface_declaration" | "type_alias_declaration"
        | "ambient_declaration" | "function_signature" | "method_signature" | "abstract_method_signature" | "index_signature"
        | "property_signature" | "call_signature" | "construct_signature" | "implements_clause" | "accessibility_modifier"
        | "override_modifier" | "asserts_annotation" | "type_predicate_annotation" | "object_type" | "interface_body"
        | "predefined_type" | "type_identifier" | "nested_type_identifier" | "generic_type" | "union_type" | "literal_type"
        | "intersection_type" | "array_type" | "tuple_type" | "function_type" | "conditional_type" | "type_query"
        | "lookup_type" | "template_literal_type" | "parenthesized_type" | "import_attribute" | "statement_identifier",
    // Leaves.
    Identifier "identifier" | "shorthand_property_identifier" | "shorthand_property_identifier_pattern",
    PropertyName "property_identifier" | "private_property_identifier",
    This "this",
    Super "super",
    Import "import",
    MetaProperty "meta_property",
    Undefined "undefined",
    Null "null",
    True "true",
    False "false",
    Number "number",
    String "string",
    StringFragment "string_fragment" | "escape_sequence" | "jsx_text" | "html_character_reference",
    Template "template_string",
    Substitution "template_substitution",
    Regex "regex",
    // Expressions.
    Parenthesized "parenthesized_expression",
    As "as_expression" | "satisfies_expression" | "non_null_expression" | "instantiation_expression",
    Assertion "type_assertion",
    Call "call_expression",
    New "new_expression",
    Member "member_expression" | "nested_identifier",
    Subscript "subscript_expression",
    Arguments "arguments",
    Binary "binary_expression",
    Unary "unary_expression",
    Update "update_expression",
    Assignment "assignment_expression",
    Augmented "augmented_assignment_expression",
    Ternary "ternary_expression",
    Sequence "sequence_expression",
    Await "await_expression",
    Yield "yield_expression",
    Spread "spread_element" | "rest_pattern",
    Array "array" | "array_pattern",
    Object "object" | "object_pattern",
    Pair "pair" | "pair_pattern",
    Computed "computed_property_name",
    AssignmentPattern "assignment_pattern" | "object_assignment_pattern",
    Function "function_expression" | "generator_function" | "arrow_function",
    Class "class",
    Jsx "jsx_element" | "jsx_self_closing_element",
    JsxExpression "jsx_expression",
    // Definitions.
    FunctionDeclaration "function_declaration" | "generator_function_declaration",
    ClassDeclaration "class_declaration" | "abstract_class_declaration",
    Variables "variable_declaration" | "lexical_declaration" | "using_declaration",
    Declarator "variable_declarator",
    Method "method_definition",
    Field "field_definition" | "public_field_definition",
    StaticBlock "class_static_block",
    Heritage "class_heritage" | "extends_clause",
    Decorator "decorator",
    Parameters "formal_parameters",
    Parameter "required_parameter" | "optional_parameter",
    Enum "enum_declaration",
    EnumAssignment "enum_assignment",
    Namespace "module" | "internal_module",
    // Statements.
    Expression "expression_statement",
    Block "statement_block",
    If "if_statement",
    Else "else_clause",
    For "for_statement",
    ForIn "for_in_statement",
    While "while_statement" | "do_statement",
    Switch "switch_statement",
    Case "switch_case",
    DefaultCase "switch_default",
    Try "try_statement",
    With "with_statement",
    Labeled "labeled_statement",
    Return "return_statement",
    Throw "throw_statement",
    Break "break_statement",
    Continue "continue_statement",
    Empty "empty_statement" | "debugger_statement",
    // Modules.
    ImportStatement "import_statement",
    ImportClause "import_clause",
    ImportRequire "import_require_clause",
    ImportAlias "import_alias",
    NamespaceImport "namespace_import",
    NamedImports "named_imports",
    ImportSpecifier "import_specifier",
    ExportStatement "export_statement",
    NamespaceExport "namespace_export",
    ExportClause "export_clause",
    ExportSpecifier "export_specifier",
}

impl Kind {
    /// Whether a node of this kind is lowered by [`super::Lowerer::statement`].
    pub(super) fn is_statement(self) -> bool {
        use Kind::*;
        matches!(
            self,
            FunctionDeclaration
                | ClassDeclaration
                | Variables
                | Enum
                | Namespace
                | StaticBlock
                | Expression
                | Block
                | If
                | For
                | ForIn
                | While
                | Switch
                | Try
                | With
                | Labeled
                | Return
                | Throw
                | Break
                | Continue
                | Empty
                | ImportStatement
                | ImportAlias
                | ExportStatement
        )
    }
}

macro_rules! grammar {
    ($($field:ident)*) => {
        /// A grammar's look-up tables.
        pub(super) struct Grammar {
            /// The parser's language.
            pub(super) language: tree_sitter::Language,
            kinds: Vec<Kind>,
            $(
                #[doc = concat!("Field `", stringify!($field), "`; 0 where the grammar has none.")]
                pub(super) $field: u16,
            )*
        }

        impl Grammar {
            fn new(language: tree_sitter::Language) -> Self {
                let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
                let kinds = (0..count).map(|id| {
                    if language.node_kind_is_named(id) {
                        Kind::named(language.node_kind_for_id(id).unwrap_or_default())
                    } else {
                        Kind::Token
                    }
                });
                let kinds = kinds.collect();
                $(let $field = language.field_id_for_name(stringify!($field)).map_or(0, NonZeroU16::get);)*
                Self { language, kinds, $($field,)* }
            }
        }
    };
}

grammar! {
    alias alternative argument arguments body condition consequence constructor declaration finalizer function handler
    increment index initializer key label left name object operator parameter parameters pattern property right source
    value
}

impl Grammar {
    /// The tables of a language; built on first use.
    pub(super) fn of(language: Language) -> &'static Self {
        static JAVASCRIPT: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_javascript::LANGUAGE.into()));
        static TYPESCRIPT: LazyLock<Grammar> =
            LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
        static TSX: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TSX.into()));
        match language {
            Language::TypeScript => &TYPESCRIPT,
            Language::Tsx => &TSX,
            Language::JavaScript | Language::Python => &JAVASCRIPT,
        }
    }

    /// What a node is. The parser's own error node has an id outside every grammar.
    pub(super) fn kind(&self, node: tree_sitter::Node<'_>) -> Kind {
        self.kinds.get(usize::from(node.kind_id())).copied().unwrap_or(Kind::Error)
    }
}
