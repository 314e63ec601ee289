//! Cutting a vocabulary to the pieces that are used, plus a reserve for words not seen yet.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use tokenizers::Tokenizer;

use crate::model::ModelError;

/// BERT's special tokens, in the order of their new ids.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Whole words and continuations that are kept though no text has them: BERT's vocabulary is ordered by frequency.
const RESERVE_WORDS: usize = 3000;
const RESERVE_CONTINUATIONS: usize = 1500;

/// A smaller tokenizer, and for each of its ids the id in the larger one.
#[derive(Debug)]
pub struct Cut {
    /// `tokenizer.json`.
    pub json: String,
    /// The same, ready for use.
    pub tokenizer: Tokenizer,
    /// Old ids by new id.
    pub kept: Vec<u32>,
}

/// Keeps the special tokens, every ASCII character as a word and as a continuation, the pieces `used`, and a reserve.
///
/// # Errors
/// When the tokenizer is not `WordPiece`.
pub fn cut(tokenizer: &Tokenizer, used: &HashSet<u32>) -> Result<Cut, ModelError> {
    let bad = |what: &str| ModelError::Tokenizer(what.to_owned());
    let mut json: Value = tokenizer
        .to_string(false)
        .map_err(|e| ModelError::Tokenizer(e.to_string()))
        .and_then(|text| serde_json::from_str(&text).map_err(|e| ModelError::Tokenizer(e.to_string())))?;
    if json.pointer("/model/type").and_then(Value::as_str) != Some("WordPiece") {
        return Err(bad("only WordPiece vocabularies can be cut"));
    }
    let vocabulary = json.pointer("/model/vocab").and_then(Value::as_object).ok_or_else(|| bad("has no vocabulary"))?;
    let mut words: Vec<(u32, &str)> = vocabulary
        .iter()
        .filter_map(|(word, id)| Some((u32::try_from(id.as_u64()?).ok()?, word.as_str())))
        .filter(|(_, word)| !SPECIAL.contains(word))
        .collect();
    words.sort_unstable();
    let (mut whole, mut continued) = (0, 0);
    let mut keep = |id: u32, word: &str| {
        let stem = word.strip_prefix("##");
        let mut characters = stem.unwrap_or(word).chars();
        let single = matches!((characters.next(), characters.next()), (Some(c), None) if c.is_ascii());
        let placeholder = word.starts_with("[unused");
        let reserve = stem.unwrap_or(word).is_ascii() && !placeholder && {
            let (count, most) = match stem {
                Some(_) => (&mut continued, RESERVE_CONTINUATIONS),
                None => (&mut whole, RESERVE_WORDS),
            };
            *count += 1;
            *count <= most
        };
        single || reserve || used.contains(&id)
    };
    let special = SPECIAL.iter().map(|word| {
        let id = vocabulary.get(*word).and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
        id.map(|id| (id, *word)).ok_or_else(|| bad("lacks a special token of BERT"))
    });
    let kept: Vec<(u32, String)> = special
        .chain(words.iter().filter(|(id, word)| keep(*id, word)).copied().map(Ok))
        .map(|word| word.map(|(id, word)| (id, word.to_owned())))
        .collect::<Result<_, _>>()?;
    let smaller: Map<String, Value> =
        kept.iter().zip(0u32..).map(|((_, word), id)| (word.clone(), json!(id))).collect();
    let id = |word: &str| smaller.get(word).cloned().unwrap_or_default();
    if let Some(added) = json.get_mut("added_tokens").and_then(Value::as_array_mut) {
        added.retain(|token| token.get("content").and_then(Value::as_str).is_some_and(|word| SPECIAL.contains(&word)));
        for token in added {
            let new = token.get("content").and_then(Value::as_str).map(id);
            if let (Some(slot), Some(new)) = (token.get_mut("id"), new) {
                *slot = new;
            }
        }
    }
    if let Some(special) = json.pointer_mut("/post_processor/special_tokens").and_then(Value::as_object_mut) {
        for (word, token) in special {
            if let Some(ids) = token.get_mut("ids") {
                *ids = json!([id(word)]);
            }
        }
    }
    for (pointer, value) in
        [("/model/vocab", Value::Object(smaller.clone())), ("/truncation", Value::Null), ("/padding", Value::Null)]
    {
        if let Some(slot) = json.pointer_mut(pointer) {
            *slot = value;
        }
    }
    let text = json.to_string();
    let tokenizer = Tokenizer::from_bytes(&text).map_err(|e| ModelError::Tokenizer(e.to_string()))?;
    Ok(Cut { json: text, tokenizer, kept: kept.into_iter().map(|(id, _)| id).collect() })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A tokenizer over the given words, special tokens at unusual ids.
    pub fn tokenizer(words: &[&str]) -> Tokenizer {
        let all = ["[PAD]", "[unused0]"]
            .into_iter()
            .chain(words.iter().copied())
            .chain(["[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
        let vocabulary: Map<String, Value> = all.zip(0..).map(|(word, id)| (word.to_owned(), json!(id))).collect();
        let id = |word: &str| vocabulary.get(word).cloned().unwrap();
        let added: Vec<Value> = SPECIAL
            .iter()
            .map(|word| json!({"id": id(word), "content": word, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}))
            .collect();
        let text = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [id("[CLS]")], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [id("[SEP]")], "tokens": ["[SEP]"]}}},
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}
        });
        Tokenizer::from_bytes(text.to_string()).unwrap()
    }

    #[test]
    fn used_words_stay_and_texts_read_the_same() {
        // More words than the reserve, so that the last ones are dropped unless used.
        let many: Vec<String> = (0..RESERVE_WORDS + 20).map(|i| format!("w{i}")).collect();
        let mut words: Vec<&str> = many.iter().map(String::as_str).collect();
        words.extend(["q", "##q", "é"]);
        let base = tokenizer(&words);
        let late = format!("w{}", RESERVE_WORDS + 10);
        let used = HashSet::from([base.token_to_id(&late).unwrap()]);
        let cut = cut(&base, &used).unwrap();
        assert_eq!(cut.kept.len(), cut.tokenizer.get_vocab_size(true));
        assert_eq!(cut.tokenizer.token_to_id("[PAD]"), Some(0));
        assert_eq!(cut.tokenizer.token_to_id("[MASK]"), Some(4));
        assert!(cut.tokenizer.token_to_id("[unused0]").is_none() && cut.tokenizer.token_to_id("é").is_none());
        assert!(cut.tokenizer.token_to_id(&format!("w{}", RESERVE_WORDS + 11)).is_none());
        let text = format!("W0 {late} qq unknown");
        let (old, new) =
            (base.encode(text.as_str(), true).unwrap(), cut.tokenizer.encode(text.as_str(), true).unwrap());
        assert_eq!(old.get_tokens(), new.get_tokens());
        assert_eq!(new.get_ids().first(), Some(&2));
        let back: Vec<u32> = new.get_ids().iter().map(|id| cut.kept[*id as usize]).collect();
        assert_eq!(old.get_ids(), back);
    }
}
