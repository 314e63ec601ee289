//! What the files of a model folder must be before anything is done with them: a folder may come from anybody.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use safetensors::Dtype;

use super::ModelError;
use super::config::BertConfig;

/// Most bytes of a file of text.
pub(super) const TEXT: u64 = 64 << 20;
/// Most bytes of `model.safetensors`: a BERT large in single precision takes a third.
pub(super) const WEIGHTS: u64 = 4 << 30;
/// Most classes of a classifier.
pub(super) const CLASSES: usize = 1000;

/// An error of a file that is not what it should be.
pub(super) fn refused(path: &Path, what: &dyn std::fmt::Display) -> ModelError {
    ModelError::file(path, &format!("{what}; fetch the folder anew, or name another model"))
}

/// Reads a file that is no larger than it may be.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, ModelError> {
    let file = |e: std::io::Error| ModelError::file(path, &e);
    // Asked before it is opened: a pipe would be waited for.
    let about = std::fs::metadata(path).map_err(file)?;
    if !about.is_file() {
        return Err(refused(path, &"is no file"));
    }
    let too_large = || refused(path, &format!("is larger than {} MB", most >> 20));
    if about.len() > most {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
    // It may grow meanwhile.
    File::open(path).map_err(file)?.take(most + 1).read_to_end(&mut bytes).map_err(file)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// Reads a file of text that is no larger than it may be.
pub(super) fn read_text(path: &Path) -> Result<String, ModelError> {
    String::from_utf8(read(path, TEXT)?).map_err(|_| refused(path, &"is no text"))
}

/// What is wrong with the sizes of a network, if something is.
pub(super) fn fault_of(config: &BertConfig) -> Option<String> {
    let bert = &config.bert;
    let sizes = [
        ("vocab_size", bert.vocab_size, 1_000_000),
        ("hidden_size", bert.hidden_size, 8192),
        ("num_hidden_layers", bert.num_hidden_layers, 128),
        ("num_attention_heads", bert.num_attention_heads, 256),
        ("intermediate_size", bert.intermediate_size, 65_536),
        ("max_position_embeddings", bert.max_position_embeddings, 65_536),
        ("type_vocab_size", bert.type_vocab_size, 256),
    ];
    if let Some((name, size, most)) = sizes.into_iter().find(|(_, size, most)| !(1..=*most).contains(size)) {
        return Some(format!("{name} is {size}, which is not from 1 to {most}"));
    }
    if !bert.hidden_size.is_multiple_of(bert.num_attention_heads) {
        let (width, heads) = (bert.hidden_size, bert.num_attention_heads);
        return Some(format!("hidden_size {width} cannot be shared among {heads} heads (num_attention_heads)"));
    }
    // `[CLS]`, `[SEP]` and something between them.
    if bert.max_position_embeddings < 3 {
        return Some(format!("max_position_embeddings is {}: no text fits", bert.max_position_embeddings));
    }
    let eps = bert.layer_norm_eps as f32;
    if !(eps.is_finite() && eps > 0.0) {
        return Some(format!("layer_norm_eps is {}, which is no small positive number", bert.layer_norm_eps));
    }
    if !(0.0..=1.0).contains(&bert.initializer_range) {
        return Some(format!("initializer_range is {}, which is not from 0 to 1", bert.initializer_range));
    }
    (!(2..=CLASSES).contains(&config.labels.len()))
        .then(|| format!("{} classes (id2label, num_labels), which is not from 2 to {CLASSES}", config.labels.len()))
}

/// Every tensor of a classifier, by Hugging Face's name without prefix.
pub(super) fn shapes(config: &BertConfig) -> Vec<(String, Vec<usize>)> {
    let bert = &config.bert;
    let (width, wide) = (bert.hidden_size, bert.intermediate_size);
    let mut shapes = Vec::new();
    let mut dense = |name: &str, inputs: usize, outputs: usize| {
        shapes.push((format!("{name}.weight"), vec![outputs, inputs]));
        shapes.push((format!("{name}.bias"), vec![outputs]));
    };
    for layer in 0..bert.num_hidden_layers {
        for name in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            dense(&format!("encoder.layer.{layer}.{name}"), width, width);
        }
        dense(&format!("encoder.layer.{layer}.intermediate.dense"), width, wide);
        dense(&format!("encoder.layer.{layer}.output.dense"), wide, width);
    }
    dense("pooler.dense", width, width);
    dense("classifier", width, config.labels.len());
    let norms = (0..bert.num_hidden_layers)
        .flat_map(|layer| ["attention.output", "output"].map(|part| format!("encoder.layer.{layer}.{part}")))
        .chain(["embeddings".to_owned()]);
    for name in norms {
        shapes.push((format!("{name}.LayerNorm.weight"), vec![width]));
        shapes.push((format!("{name}.LayerNorm.bias"), vec![width]));
    }
    for (name, rows) in
        [("word", bert.vocab_size), ("position", bert.max_position_embeddings), ("token_type", bert.type_vocab_size)]
    {
        shapes.push((format!("embeddings.{name}_embeddings.weight"), vec![rows, width]));
    }
    shapes
}

/// Whether every number is finite, in single precision too; `None` where the type is none that weights are stored in. Looks at
/// the bits of the exponents, so that it costs no more than reading them once.
pub(super) fn finite(dtype: Dtype, bytes: &[u8]) -> Option<bool> {
    // No early end inside a chunk: a plain sum of conditions becomes vector code.
    fn all<const N: usize>(bytes: &[u8], bad: impl Fn([u8; N]) -> bool) -> bool {
        let (numbers, _) = bytes.as_chunks::<N>();
        numbers.chunks(4096).all(|chunk| !chunk.iter().fold(false, |found, number| found | bad(*number)))
    }
    Some(match dtype {
        Dtype::F16 => all(bytes, |b| u16::from_le_bytes(b) & 0x7C00 == 0x7C00),
        Dtype::BF16 => all(bytes, |b| u16::from_le_bytes(b) & 0x7F80 == 0x7F80),
        Dtype::F32 => all(bytes, |b| u32::from_le_bytes(b) & 0x7F80_0000 == 0x7F80_0000),
        Dtype::F64 => all(bytes, |b| !(f64::from_le_bytes(b) as f32).is_finite()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{"vocab_size": 9, "hidden_size": 4, "num_hidden_layers": 3, "num_attention_heads": 2,
        "intermediate_size": 8, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": 16,
        "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0, "num_labels": 2}"#;

    #[rstest::rstest]
    #[case::sound("", "", None)]
    #[case::no_words("\"vocab_size\": 9", "\"vocab_size\": 0", Some("vocab_size is 0"))]
    #[case::no_heads("\"num_attention_heads\": 2", "\"num_attention_heads\": 0", Some("num_attention_heads is 0"))]
    #[case::heads_left_over("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", Some("among 3 heads"))]
    #[case::no_layers("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 0", Some("num_hidden_layers is 0"))]
    #[case::absurd("\"hidden_size\": 4", "\"hidden_size\": 4000000000", Some("hidden_size is 4000000000"))]
    #[case::no_room("\"max_position_embeddings\": 16", "\"max_position_embeddings\": 2", Some("no text fits"))]
    #[case::eps_zero("1e-12", "0", Some("layer_norm_eps is 0"))]
    #[case::eps_below_single("1e-12", "1e-300", Some("layer_norm_eps is"))]
    #[case::range("0.02", "1e300", Some("initializer_range is"))]
    #[case::one_class("\"num_labels\": 2", "\"num_labels\": 1", Some("1 classes"))]
    fn sizes_that_make_no_network_are_named(#[case] from: &str, #[case] to: &str, #[case] fault: Option<&str>) {
        let config = BertConfig::parse(&CONFIG.replacen(from, to, 1)).unwrap();
        let found = fault_of(&config);
        match fault {
            None => assert_eq!(found, None),
            Some(fault) => assert!(found.as_deref().is_some_and(|found| found.contains(fault)), "{found:?}"),
        }
    }

    #[test]
    fn a_number_that_is_none_is_found_in_every_type_and_place() {
        let f16 = |bits: u16| (Dtype::F16, bits.to_le_bytes().to_vec());
        let bf16 = |bits: u16| (Dtype::BF16, bits.to_le_bytes().to_vec());
        let f32 = |number: f32| (Dtype::F32, number.to_le_bytes().to_vec());
        let f64 = |number: f64| (Dtype::F64, number.to_le_bytes().to_vec());
        let good = [f16(0x7BFF), f16(0xFBFF), f16(0), bf16(0x7F7F), f32(f32::MAX), f32(-0.0), f64(1e38)];
        for (dtype, number) in good {
            assert_eq!(finite(dtype, &number.repeat(5000)), Some(true), "{dtype:?} {number:x?}");
        }
        let bad =
            [f16(0x7C00), f16(0xFC00), f16(0x7E00), bf16(0x7F80), bf16(0xFFC0), f32(f32::NAN), f32(f32::INFINITY)];
        // What single precision cannot hold is none there.
        for (dtype, number) in bad.into_iter().chain([f64(f64::NAN), f64(1e39)]) {
            for at in [0, 1, 4095, 4096, 4999] {
                let mut bytes = vec![0; number.len() * 5000];
                bytes[at * number.len()..(at + 1) * number.len()].copy_from_slice(&number);
                assert_eq!(finite(dtype, &bytes), Some(false), "{dtype:?} {number:x?} at {at}");
            }
        }
        assert_eq!(finite(Dtype::I64, &[0; 8]), None);
    }
}
