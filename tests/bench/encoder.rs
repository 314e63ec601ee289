//! Our side of `encoder.py`, which compares the encoder with other runtimes: `cargo bench --bench encoder -- FOLDER` loads
//! `config.json` and `model.safetensors` and then answers each line of standard input, `TEXTS TOKENS SECONDS`, by reading so
//! many texts together for so long. A line of JSON tells the times of all turns in milliseconds, and the logits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::Instant;

use candle_core::{DType, Device, safetensors};
use candle_nn::VarBuilder;
use cerebro::model::bert::encoder::Classifier;
use cerebro::model::bert::ops::Kernels;
use cerebro::model::config::BertConfig;
use serde_json::json;

fn main() {
    let Some(folder) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("measured by tests/bench/encoder.py, see tests/bench/README.md");
        return;
    };
    let folder = Path::new(&folder);
    let config = BertConfig::parse(&std::fs::read_to_string(folder.join("config.json")).unwrap()).unwrap();
    let weights = safetensors::load(folder.join("model.safetensors"), &Device::Cpu).unwrap();
    let vb = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
    let network = Classifier::load(&vb, &config, Kernels::Fused).unwrap();
    assert!(network.pack().unwrap().is_some(), "not read by the CPU's own way");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let [texts, tokens, seconds] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (texts, tokens): (usize, usize) = (texts.parse().unwrap(), tokens.parse().unwrap());
        let seconds: f64 = seconds.parse().unwrap();
        // The same ids as in encoder.py.
        let texts: Vec<Vec<u32>> = (0..texts)
            .map(|text| (0..tokens).map(|at| ((text * 7919 + at * 104_729) % config.bert.vocab_size) as u32).collect())
            .collect();
        let begun = Instant::now();
        let mut turns = Vec::new();
        let mut logits = Vec::new();
        while turns.len() < 3 || begun.elapsed().as_secs_f64() < seconds {
            let turn = Instant::now();
            logits = network.answers(&texts).unwrap();
            turns.push(turn.elapsed().as_secs_f64() * 1e3);
        }
        println!("{}", json!({"turns": turns, "logits": logits}));
        std::io::stdout().flush().unwrap();
    }
}
