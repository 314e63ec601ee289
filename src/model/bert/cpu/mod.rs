//! BERT as read on a processor: logits and the attention of `[CLS]`, nothing else, as fast as the machine can.
//!
//! Texts lie end to end, sixteen tokens to a panel whatever text they belong to, so no time goes into padding. Panels are
//! dealt to threads, which meet once per layer, when all keys and values are known. Of the last layer only the rows of
//! `[CLS]` are computed, since only they are asked for. What a text is answered depends neither on the texts beside it nor on
//! the number of threads, bit for bit: see `gemm`.

use pulp::Arch;
use rayon::prelude::*;

mod attention;
mod elementwise;
mod gemm;
mod pack;

use attention::{Attend, ClsRow, Memory, Segment};
use elementwise::{Norm, Normalise};
use gemm::{Dense, Finish, LANES, Product, ROWS, Row, Transposed, TransposedProduct};
use pack::Pack;

/// Panels whose intermediate values are held at once: they and the weights passing by fit the caches.
const BLOCK: usize = 8;

/// Tokens from which on a pack of texts is full.
const PACK: usize = 512;

/// A dense layer as it is stored: weights `[out, in]` row by row, and the bias. Of a norm: gain and bias.
pub type WeightView<'a> = (&'a [f32], &'a [f32]);

/// One layer's weights in the order in which products read them.
#[derive(Debug, Clone)]
pub struct Layer {
    query: Dense,
    key: Dense,
    value: Transposed,
    out: Dense,
    up: Dense,
    down: Dense,
    norms: [Norm; 2],
}

impl Layer {
    /// Packs the weights: those of queries, keys, values and of what follows the sum over values; those into and out of the
    /// wide middle; the norms after attention and after the middle. The shape must fit.
    pub fn new(
        shape: Shape,
        attention: [WeightView<'_>; 4],
        middle: [WeightView<'_>; 2],
        norms: [WeightView<'_>; 2],
    ) -> Self {
        // Queries come out scaled, which saves a pass over the scores.
        let scale = 1.0 / ((shape.width / shape.heads.max(1)) as f32).sqrt();
        let [query, key, value, out] = attention;
        let [key, out, up, down] = [key, out, middle[0], middle[1]].map(|stored| Dense::new(stored, 1.0));
        Self {
            query: Dense::new(query, scale),
            key,
            value: Transposed::new(value),
            out,
            up,
            down,
            norms: norms.map(|stored| Norm::new(stored, shape.eps)),
        }
    }
}

/// The sizes that products are cut by.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Values per token.
    pub width: usize,
    /// Values per token in the wide middle.
    pub wide: usize,
    /// Attention heads.
    pub heads: usize,
    /// Added to a norm's variance.
    pub eps: f32,
}

impl Shape {
    /// Whether the sizes are multiples of what a vector and a tile hold.
    pub fn fits(&self) -> bool {
        self.width > 0
            && self.width.is_multiple_of(LANES)
            && self.wide.is_multiple_of(ROWS)
            && self.width.is_multiple_of(self.heads)
    }
}

/// The tables of the embeddings, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    /// Of words.
    pub words: &'a [f32],
    /// Of positions.
    pub positions: &'a [f32],
    /// Of the first token type.
    pub kind: &'a [f32],
}

/// What is known of one text after the last layer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The last layer's output at `[CLS]`.
    pub hidden: Vec<f32>,
    /// The pooler's output.
    pub pooled: Vec<f32>,
    /// Per layer the attention of `[CLS]`, head after head; empty where it was not asked for.
    pub attention: Vec<Vec<f32>>,
}

/// The encoder and the pooler.
#[derive(Debug, Clone)]
pub struct Encoder {
    shape: Shape,
    arch: Arch,
    embedding_norm: Norm,
    layers: Vec<Layer>,
    pooler: Dense,
}

impl Encoder {
    /// Takes the packed layers, the norm of the embeddings and the pooler. The shape must fit.
    pub fn new(shape: Shape, embedding_norm: WeightView<'_>, layers: Vec<Layer>, pooler: WeightView<'_>) -> Self {
        let embedding_norm = Norm::new(embedding_norm, shape.eps);
        Self { shape, arch: Arch::new(), embedding_norm, layers, pooler: Dense::new(pooler, 1.0) }
    }

    /// Reads texts, each not empty. No id may lie outside the tables.
    pub fn read(&self, texts: &[&[u32]], tables: Tables<'_>, attention: bool) -> Vec<Answer> {
        let packs = packs(texts);
        let threads = rayon::current_num_threads();
        if packs.len() >= threads * 2 {
            // Each thread its own texts: nobody waits for anybody.
            let read = |pack: &&[&[u32]]| self.read_pack(pack, tables, attention, 1);
            return packs.par_iter().flat_map_iter(read).collect();
        }
        let read = |pack: &[&[u32]]| {
            let tokens: usize = pack.iter().map(|text| text.len()).sum();
            // A panel or two are done before another thread is awake.
            let threads = if tokens <= LANES * 2 { 1 } else { threads };
            if threads == 1 {
                return self.read_pack(pack, tables, attention, 1);
            }
            // From inside the pool, else each layer would wake it anew.
            rayon::scope(|_| self.read_pack(pack, tables, attention, threads))
        };
        packs.into_iter().flat_map(read).collect()
    }

    fn read_pack(&self, texts: &[&[u32]], tables: Tables<'_>, attention: bool, threads: usize) -> Vec<Answer> {
        let width = self.shape.width;
        let pack = Pack::new(texts);
        let panels = pack.segments.len();
        let per_group = panels.div_ceil(threads).max(1);
        let mut answers = vec![Answer::default(); texts.len()];
        let mut x = vec![[0.0; LANES]; panels * width];
        let mut state = State {
            queries: x.clone(),
            attended: x.clone(),
            memory: Memory { keys: x.clone(), values: vec![vec![[0.0; LANES]; panels * LANES]; width / LANES] },
        };
        let mut next = state.memory.clone();
        // What the next layer needs of these panels: their queries only where it is not the last.
        let project = |number: usize, task: &mut Task<'_>| {
            if let Some(layer) = self.layers.get(number) {
                self.project(layer, number + 1 < self.layers.len(), task);
            }
        };
        tasks(&mut x, &mut state, &mut next, &pack.segments, width, per_group).into_par_iter().for_each(|mut task| {
            pack::embed(task.x, &pack, task.first, tables, width);
            self.arch.dispatch(Normalise { norm: &self.embedding_norm, panels: task.x });
            project(0, &mut task);
        });
        std::mem::swap(&mut state.memory, &mut next);
        let all_but_last = self.layers.len().saturating_sub(1);
        for (number, layer) in self.layers.iter().take(all_but_last).enumerate() {
            let memory = std::mem::take(&mut state.memory);
            let found: Vec<Vec<ClsRow>> = tasks(&mut x, &mut state, &mut next, &pack.segments, width, per_group)
                .into_par_iter()
                .map(|mut task| {
                    let mut cls = Vec::new();
                    self.attend(&memory, &mut task, attention.then_some(&mut cls));
                    self.finish(layer, task.x, task.attended, 1);
                    project(number + 1, &mut task);
                    cls
                })
                .collect();
            keep(&mut answers, found.into_iter().flatten());
            state.memory = std::mem::replace(&mut next, memory);
        }
        self.last(&x, &state.memory, &pack, &mut answers, attention, threads);
        answers
    }

    fn attend(&self, memory: &Memory, task: &mut Task<'_>, cls: Option<&mut Vec<ClsRow>>) {
        self.arch.dispatch(Attend {
            memory,
            queries: task.queries,
            segments: task.segments,
            attended: task.attended,
            width: self.shape.width,
            heads: self.shape.heads,
            scratch: &mut Vec::new(),
            cls,
        });
    }

    /// Keys, values and, if asked for, queries.
    fn project(&self, layer: &Layer, queries: bool, task: &mut Task<'_>) {
        let width = self.shape.width;
        let from: Vec<&[Row]> = task.x.chunks_exact(width).collect();
        self.dense(&layer.key, &from, task.keys, Finish::Store, 1);
        if queries {
            self.dense(&layer.query, &from, task.queries, Finish::Store, 1);
        }
        self.arch.dispatch(TransposedProduct { dense: &layer.value, from: &from, to: &mut task.values });
    }

    /// All of a layer that follows the sum over values; `x` becomes the layer's output.
    fn finish(&self, layer: &Layer, x: &mut [Row], attended: &[Row], threads: usize) {
        let Shape { width, wide, .. } = self.shape;
        let [after_attention, after_middle] = &layer.norms;
        let mut middle = vec![[0.0; LANES]; BLOCK.min(x.len() / width) * wide];
        for (x, attended) in x.chunks_mut(BLOCK * width).zip(attended.chunks(BLOCK * width)) {
            let from: Vec<&[Row]> = attended.chunks_exact(width).collect();
            self.dense(&layer.out, &from, x, Finish::Add, threads);
            self.arch.dispatch(Normalise { norm: after_attention, panels: x });
            let from: Vec<&[Row]> = x.chunks_exact(width).collect();
            let middle = middle.get_mut(..from.len() * wide).unwrap_or_default();
            self.dense(&layer.up, &from, middle, Finish::Gelu, threads);
            let from: Vec<&[Row]> = middle.chunks_exact(wide).collect();
            self.dense(&layer.down, &from, x, Finish::Add, threads);
            self.arch.dispatch(Normalise { norm: after_middle, panels: x });
        }
    }

    /// A dense layer over panels; its outputs are dealt to `threads`.
    fn dense(&self, dense: &Dense, from: &[&[Row]], to: &mut [Row], finish: Finish, threads: usize) {
        let outputs = dense.outputs().max(1);
        let share = (outputs / ROWS).div_ceil(threads.max(1)).max(1) * ROWS;
        let mut shares: Vec<(usize, Vec<&mut [Row]>)> =
            (0..outputs.div_ceil(share)).map(|number| (number * share, Vec::with_capacity(from.len()))).collect();
        for panel in to.chunks_exact_mut(outputs) {
            for ((_, to), part) in shares.iter_mut().zip(panel.chunks_mut(share)) {
                to.push(part);
            }
        }
        let run = |(first, to): &mut (usize, Vec<&mut [Row]>)| {
            self.arch.dispatch(Product { dense, first: *first, from, to, finish });
        };
        match shares.as_mut_slice() {
            [only] => run(only),
            shares => shares.par_iter_mut().for_each(run),
        }
    }

    /// The last layer, for the tokens `[CLS]` alone, and the pooler.
    fn last(&self, x: &[Row], memory: &Memory, pack: &Pack, answers: &mut [Answer], attention: bool, threads: usize) {
        let width = self.shape.width;
        let firsts = pack.firsts();
        let mut x = pack::gather(x, &pack.starts, width);
        let mut attended = vec![[0.0; LANES]; x.len()];
        if let Some(layer) = self.layers.last() {
            let mut queries = attended.clone();
            let from: Vec<&[Row]> = x.chunks_exact(width).collect();
            self.dense(&layer.query, &from, &mut queries, Finish::Store, threads);
            let mut cls = Vec::new();
            self.arch.dispatch(Attend {
                memory,
                queries: &queries,
                segments: &firsts,
                attended: &mut attended,
                width,
                heads: self.shape.heads,
                scratch: &mut Vec::new(),
                cls: attention.then_some(&mut cls),
            });
            keep(answers, cls);
            self.finish(layer, &mut x, &attended, threads);
        }
        let from: Vec<&[Row]> = x.chunks_exact(width).collect();
        self.dense(&self.pooler, &from, &mut attended, Finish::Store, threads);
        for (number, answer) in answers.iter_mut().enumerate() {
            answer.hidden = pack::token(&x, number, width);
            answer.pooled = pack::token(&attended, number, width);
            answer.pooled.iter_mut().for_each(|value| *value = value.tanh());
        }
    }
}

/// Cuts a list of texts so that each part has enough tokens to be worth the weights' way through the caches, and hardly
/// more, so that what lies between two layers fits the caches too.
fn packs<'a, 'b>(texts: &'a [&'b [u32]]) -> Vec<&'a [&'b [u32]]> {
    let mut packs = Vec::new();
    let (mut start, mut tokens) = (0, 0);
    for (end, text) in (1..).zip(texts) {
        tokens += text.len();
        if tokens >= PACK || end == texts.len() {
            packs.push(texts.get(start..end).unwrap_or_default());
            (start, tokens) = (end, 0);
        }
    }
    packs
}

fn keep(answers: &mut [Answer], rows: impl IntoIterator<Item = ClsRow>) {
    for (text, row) in rows {
        if let Some(answer) = answers.get_mut(text) {
            answer.attention.push(row);
        }
    }
}

/// What lies between two layers, besides their input.
struct State {
    queries: Vec<Row>,
    attended: Vec<Row>,
    memory: Memory,
}

/// One thread's share of a pack.
struct Task<'a> {
    /// Number of the first panel.
    first: usize,
    x: &'a mut [Row],
    queries: &'a mut [Row],
    attended: &'a mut [Row],
    keys: &'a mut [Row],
    values: Vec<&'a mut [Row]>,
    segments: &'a [Vec<Segment>],
}

/// Deals `per_group` panels to each task. Keys and values go to `next`, while others still read the ones before.
fn tasks<'a>(
    x: &'a mut [Row],
    state: &'a mut State,
    next: &'a mut Memory,
    segments: &'a [Vec<Segment>],
    width: usize,
    per_group: usize,
) -> Vec<Task<'a>> {
    let share = per_group * width;
    let mut tasks: Vec<Task<'a>> = x
        .chunks_mut(share)
        .zip(state.queries.chunks_mut(share))
        .zip(state.attended.chunks_mut(share))
        .zip(next.keys.chunks_mut(share))
        .zip(segments.chunks(per_group))
        .enumerate()
        .map(|(number, ((((x, queries), attended), keys), segments))| Task {
            first: number * per_group,
            x,
            queries,
            attended,
            keys,
            values: Vec::with_capacity(width / LANES),
            segments,
        })
        .collect();
    for values in &mut next.values {
        for (task, values) in tasks.iter_mut().zip(values.chunks_mut(per_group * LANES)) {
            task.values.push(values);
        }
    }
    tasks
}
