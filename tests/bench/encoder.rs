//! Our side of `encoder.py` and `card.py`, which compare the encoder with other runtimes: `cargo bench --bench encoder --
//! FOLDER [cpu|cuda] [f16]` loads `config.json` and `model.safetensors` and then answers each line of standard input,
//! `TEXTS TOKENS SECONDS`, by reading so many texts together for so long. A line of JSON tells the times of all turns in
//! milliseconds, and the logits. Where a device is named, the way that all devices know is taken.
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
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(folder) = arguments.next() else {
        println!("measured by tests/bench/encoder.py, see tests/bench/README.md");
        return;
    };
    let (folder, how) = (Path::new(&folder), arguments.collect::<Vec<_>>());
    let asked = |word: &str| how.iter().any(|one| one == word);
    let device = if asked("cuda") { Device::new_cuda(0).unwrap() } else { Device::Cpu };
    let dtype = if asked("f16") { DType::F16 } else { DType::F32 };
    // The way of the processor knows neither half precision nor other devices.
    let kernels = if how.is_empty() { Kernels::Fused } else { Kernels::Composed };
    let config = BertConfig::parse(&std::fs::read_to_string(folder.join("config.json")).unwrap()).unwrap();
    let weights = safetensors::load(folder.join("model.safetensors"), &device).unwrap();
    let vb = VarBuilder::from_tensors(weights, dtype, &device);
    let network = Classifier::load(&vb, &config, kernels).unwrap();
    assert_eq!(network.pack().unwrap().is_some(), how.is_empty(), "only a processor has a way of its own");
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
