//! Names of tree-sitter-python's grammar, looked up once, so that the lowering compares small numbers and not strings.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

/// Declares an enum whose variants stand for names of the grammar.
macro_rules! names {
    ($(#[$doc:meta])* $enum:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $enum { $($variant,)* }

        impl $enum {
            const ALL: &[(&str, Self)] = &[$(($name, Self::$variant),)*];
        }
    };
}

names! {
    /// Kinds of nodes that the lowering tells apart.
    Kind {
        Other = "",
        Error = "ERROR",
        Comment = "comment",
        LineContinuation = "line_continuation",
        Module = "module",
        Block = "block",
        ImportStatement = "import_statement",
        ImportFrom = "import_from_statement",
        FutureImport = "future_import_statement",
        RelativeImport = "relative_import",
        ImportPrefix = "import_prefix",
        AliasedImport = "aliased_import",
        WildcardImport = "wildcard_import",
        DottedName = "dotted_name",
        Print = "print_statement",
        Chevron = "chevron",
        Exec = "exec_statement",
        Assert = "assert_statement",
        ExpressionStatement = "expression_statement",
        NamedExpression = "named_expression",
        Return = "return_statement",
        Delete = "delete_statement",
        Raise = "raise_statement",
        Pass = "pass_statement",
        Break = "break_statement",
        Continue = "continue_statement",
        Global = "global_statement",
        Nonlocal = "nonlocal_statement",
        TypeAlias = "type_alias_statement",
        If = "if_statement",
        ElifClause = "elif_clause",
        ElseClause = "else_clause",
        Match = "match_statement",
        CaseClause = "case_clause",
        CasePattern = "case_pattern",
        SplatPattern = "splat_pattern",
        UnionPattern = "union_pattern",
        DictPattern = "dict_pattern",
        KeywordPattern = "keyword_pattern",
        ClassPattern = "class_pattern",
        For = "for_statement",
        While = "while_statement",
        Try = "try_statement",
        ExceptClause = "except_clause",
        FinallyClause = "finally_clause",
        With = "with_statement",
        WithClause = "with_clause",
        WithItem = "with_item",
        AsPattern = "as_pattern",
        AsPatternTarget = "as_pattern_target",
        FunctionDefinition = "function_definition",
        ClassDefinition = "class_definition",
        DecoratedDefinition = "decorated_definition",
        Decorator = "decorator",
        Parameters = "parameters",
        LambdaParameters = "lambda_parameters",
        DefaultParameter = "default_parameter",
        TypedParameter = "typed_parameter",
        TypedDefaultParameter = "typed_default_parameter",
        KeywordSeparator = "keyword_separator",
        PositionalSeparator = "positional_separator",
        ListSplat = "list_splat",
        ListSplatPattern = "list_splat_pattern",
        DictionarySplat = "dictionary_splat",
        DictionarySplatPattern = "dictionary_splat_pattern",
        Type = "type",
        ArgumentList = "argument_list",
        KeywordArgument = "keyword_argument",
        ExpressionList = "expression_list",
        PatternList = "pattern_list",
        TuplePattern = "tuple_pattern",
        ListPattern = "list_pattern",
        Assignment = "assignment",
        AugmentedAssignment = "augmented_assignment",
        Yield = "yield",
        Await = "await",
        BinaryOperator = "binary_operator",
        UnaryOperator = "unary_operator",
        NotOperator = "not_operator",
        BooleanOperator = "boolean_operator",
        ComparisonOperator = "comparison_operator",
        ConditionalExpression = "conditional_expression",
        Lambda = "lambda",
        Parenthesized = "parenthesized_expression",
        Identifier = "identifier",
        Attribute = "attribute",
        Subscript = "subscript",
        Slice = "slice",
        Call = "call",
        List = "list",
        Set = "set",
        Tuple = "tuple",
        Dictionary = "dictionary",
        Pair = "pair",
        ListComprehension = "list_comprehension",
        SetComprehension = "set_comprehension",
        DictionaryComprehension = "dictionary_comprehension",
        Generator = "generator_expression",
        ForInClause = "for_in_clause",
        IfClause = "if_clause",
        String = "string",
        ConcatenatedString = "concatenated_string",
        StringStart = "string_start",
        StringContent = "string_content",
        StringEnd = "string_end",
        Interpolation = "interpolation",
        FormatExpression = "format_expression",
        FormatSpecifier = "format_specifier",
        Integer = "integer",
        Float = "float",
        True = "true",
        False = "false",
        None = "none",
        Ellipsis = "ellipsis",
    }
}

names! {
    /// Fields of nodes.
    Field {
        Alias = "alias",
        Alternative = "alternative",
        Argument = "argument",
        Arguments = "arguments",
        Attribute = "attribute",
        Body = "body",
        Cause = "cause",
        Code = "code",
        Condition = "condition",
        Consequence = "consequence",
        Definition = "definition",
        Expression = "expression",
        FormatSpecifier = "format_specifier",
        Function = "function",
        Guard = "guard",
        Key = "key",
        Left = "left",
        ModuleName = "module_name",
        Name = "name",
        Object = "object",
        Operator = "operator",
        Parameters = "parameters",
        ReturnType = "return_type",
        Right = "right",
        Subscript = "subscript",
        Superclasses = "superclasses",
        Subject = "subject",
        Type = "type",
        Value = "value",
    }
}

struct Tables {
    kinds: Vec<Kind>,
    fields: Vec<u16>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let language = language();
    let kinds = (0..language.node_kind_count())
        .map(|id| {
            let id = u16::try_from(id).unwrap_or(u16::MAX);
            let name = language.node_kind_for_id(id).filter(|_| language.node_kind_is_named(id));
            Kind::ALL.iter().find(|(known, _)| Some(*known) == name).map_or(Kind::Other, |(_, kind)| *kind)
        })
        .collect();
    let fields = Field::ALL.iter().map(|(name, _)| language.field_id_for_name(name).map_or(0, |id| id.get())).collect();
    Tables { kinds, fields }
});

/// The grammar.
pub(super) fn language() -> Language {
    tree_sitter_python::LANGUAGE.into()
}

/// The kind of a node; [`Kind::Other`] for anonymous tokens.
pub(super) fn kind(node: Node) -> Kind {
    if node.is_error() {
        return Kind::Error;
    }
    TABLES.kinds.get(usize::from(node.kind_id())).copied().unwrap_or(Kind::Other)
}

/// A child by field.
pub(super) fn field(node: Node, field: Field) -> Option<Node> {
    let id = TABLES.fields.get(field as usize).copied().unwrap_or(0);
    if id == 0 { None } else { node.child_by_field_id(id) }
}

/// The number of a field, for a cursor's `field_id`.
pub(super) fn field_id(field: Field) -> u16 {
    TABLES.fields.get(field as usize).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_grammar() {
        let language = language();
        let missing: Vec<&str> = Kind::ALL
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !matches!(*name, "" | "ERROR") && language.id_for_node_kind(name, true) == 0)
            .chain(Field::ALL.iter().map(|(name, _)| *name).filter(|name| language.field_id_for_name(name).is_none()))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
