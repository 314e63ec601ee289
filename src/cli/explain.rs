//! `cerebro explain`: which steps speak for malicious and which against, schema `cerebro-explain/1`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use strum::VariantNames as _;

use super::output::Format;
use super::{Exit, Global, Outcome, fit};
use crate::case::Case;
use crate::model::Judgement;
use crate::model::explain::{Choice, Explanation, Method};
use crate::report::explain::{Document, place};
use crate::text::{escape, write_json_line};

/// Steps that the text form shows.
const STRONGEST: usize = 20;

/// Arguments of `cerebro explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The package: an archive, a folder or a password zip.
    path: PathBuf,
    /// How to explain; the model's card says how well each one measures.
    #[arg(long, value_name = "METHOD", default_value_t = Method::DEFAULT, value_parser = methods())]
    method: Method,
    /// With --method attention: only this layer, from 1.
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// With --method attention: only this head, from 1.
    #[arg(long, value_name = "N")]
    head: Option<usize>,
    /// json: one object (schema cerebro-explain/1); text: the strongest steps, for people.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn methods() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(Method::VARIANTS).try_map(|name| name.parse::<Method>())
}

/// Explains one package.
///
/// # Errors
/// When the package cannot be read or judged, a layer or head is not there, or the output cannot be written.
pub fn run(args: &Args, global: &Global) -> Outcome {
    if args.method != Method::Attention && (args.layer.is_some() || args.head.is_some()) {
        return Err("--layer and --head choose an attention map: add --method attention".into());
    }
    let model = global.load_model()?;
    let case = global.sandbox()?.read(&args.path, model.reading(), &mut |_| {})?;
    let case = case.judge(&model)?;
    let verdict = case.verdict.as_ref();
    let Some(judgement) = verdict.and_then(|verdict| verdict.judgement.clone()) else {
        let why = verdict.and_then(|verdict| verdict.why.as_deref()).unwrap_or("the model read nothing");
        return Err(format!("there is nothing to explain: {why}").into());
    };
    let explanation = model.explain(&case.text, args.method, choice(args, &judgement)?)?;
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => write_json_line(&mut out, &Document::new(&case, &model, &judgement, &explanation))?,
        Format::Text => write_text(&mut out, &case, &judgement, &explanation)?,
    }
    out.flush()?;
    Ok(if case.skipped().is_empty() { Exit::Done } else { Exit::Incomplete })
}

/// The attention map that the options name, if the model has it.
fn choice(args: &Args, judgement: &Judgement) -> Result<Choice, String> {
    let maps = judgement.windows.first().map_or(&[][..], |window| window.cls_attention.as_slice());
    let within = |what: &str, number: Option<usize>, count: usize| match number {
        Some(number) if number == 0 || number > count => {
            Err(format!("the model has no {what} {number}: choose from 1 to {count}"))
        }
        number => Ok(number.map(|number| number - 1)),
    };
    Ok(Choice {
        layer: within("layer", args.layer, maps.len())?,
        head: within("head", args.head, maps.first().map_or(0, Vec::len))?,
    })
}

fn write_text(out: &mut impl Write, case: &Case, judgement: &Judgement, explanation: &Explanation) -> io::Result<()> {
    let name = case.package.name.as_deref().unwrap_or("unnamed package");
    let version = case.package.version.as_deref().unwrap_or("");
    writeln!(out, "{}", escape(format!("{name} {version}").trim_end()))?;
    writeln!(out, "probability {:.4}, flagged from {:.4} on", judgement.probability, judgement.threshold)?;
    writeln!(out, "{}: {}\n", explanation.method, explanation.note)?;
    // A line per distinct step, with its first place: equal steps of a phase have one score.
    let mut pieces: Vec<_> = case.text.pieces.iter().zip(&explanation.pieces).collect();
    pieces.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let more = pieces.len().saturating_sub(STRONGEST);
    for (piece, score) in pieces.into_iter().take(STRONGEST) {
        let words = fit(&escape(case.text.text.get(piece.range.clone()).unwrap_or_default()), 36);
        let score = if explanation.method.signed() { format!("{score:+8.3}") } else { format!("{score:8.3}") };
        let steps = piece.steps.iter().filter_map(|step| case.sequence.steps.get(*step)).collect::<Vec<_>>();
        let Some(first) = steps.first() else {
            writeln!(out, "{score}           {}", words.trim_end())?;
            continue;
        };
        let phase = first.phase.word();
        let place = format!("{}:{}", escape(&place(case, first)), first.line);
        let others = if steps.len() > 1 { format!(" and {} more", steps.len() - 1) } else { String::new() };
        writeln!(out, "{score}  {phase:<7}  {words}  {place}{others}")?;
    }
    if more > 0 {
        writeln!(out, "\n{more} weaker ones; --format json lists all")?;
    }
    for (at, skip) in case.skipped().into_iter().enumerate() {
        let head = if at == 0 { "\nnot analysed\n" } else { "" };
        writeln!(out, "{head}  {}: {}", escape(&skip.path), escape(&skip.reason))?;
    }
    Ok(())
}
