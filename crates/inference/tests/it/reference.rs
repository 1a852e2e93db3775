//! Whisper's network, number by number: what every kernel is held against, and the shortest account of
//! the arithmetic.

use watchme_inference::{DecoderShape, EncoderShape};

const HEAD: usize = 64;

type Rows = Vec<Vec<f32>>;

/// Returns the output of [`watchme_inference::Encoder::encode`], computed in 32 bits.
pub(crate) fn encode(
    shape: EncoderShape,
    tensor: impl Fn(&str) -> Vec<f32>,
    mel: &[f32],
) -> Vec<f32> {
    let tensor = |name: &str| tensor(&format!("encoder.{name}"));
    let count = mel.len() / shape.mel_bands;
    let frames: Rows = (0..count)
        .map(|frame| (0..shape.mel_bands).map(|band| mel[band * count + frame]).collect())
        .collect();
    let frames = convolve(&frames, 1, &tensor("conv1.weight"), &tensor("conv1.bias"));
    let mut rows = convolve(&frames, 2, &tensor("conv2.weight"), &tensor("conv2.bias"));
    let positions = tensor("positional_embedding");
    for (row, position) in rows.iter_mut().zip(positions.chunks(shape.width)) {
        add(row, position);
    }
    for layer in 0..shape.layers {
        let part = |name: &str| tensor(&format!("blocks.{layer}.{name}"));
        let linear = |rows: &Rows, name: &str| {
            let bias = if name == "attn.key" { vec![] } else { part(&format!("{name}.bias")) };
            multiply(rows, &part(&format!("{name}.weight")), &bias)
        };
        let normal = normalize(&rows, &part("attn_ln.weight"), &part("attn_ln.bias"));
        let [queries, keys, values] =
            ["query", "key", "value"].map(|name| linear(&normal, &format!("attn.{name}")));
        let attended = linear(&attend(&queries, &keys, &values), "attn.out");
        rows.iter_mut().zip(attended).for_each(|(row, attended)| add(row, &attended));
        let normal = normalize(&rows, &part("mlp_ln.weight"), &part("mlp_ln.bias"));
        let mut hidden = linear(&normal, "mlp.0");
        hidden.iter_mut().flatten().for_each(|number| *number = gelu(*number));
        rows.iter_mut().zip(linear(&hidden, "mlp.2")).for_each(|(row, mlp)| add(row, &mlp));
    }
    normalize(&rows, &tensor("ln_post.weight"), &tensor("ln_post.bias")).concat()
}

/// Returns the logits after all of `tokens`, computed in 32 bits.
pub(crate) fn decode(
    shape: DecoderShape,
    tensor: impl Fn(&str) -> Vec<f32>,
    encoder_output: &[f32],
    tokens: &[u32],
) -> Vec<f32> {
    let audio: Rows = encoder_output.chunks(shape.width).map(<[f32]>::to_vec).collect();
    let tensor = |name: &str| tensor(&format!("decoder.{name}"));
    let embeddings = tensor("token_embedding.weight");
    let positions = tensor("positional_embedding");
    let mut rows: Rows = tokens
        .iter()
        .zip(positions.chunks(shape.width))
        .map(|(&token, position)| {
            let mut row = embeddings[token as usize * shape.width..][..shape.width].to_vec();
            add(&mut row, position);
            row
        })
        .collect();
    for layer in 0..shape.layers {
        let part = |name: &str| tensor(&format!("blocks.{layer}.{name}"));
        let linear = |rows: &Rows, name: &str| {
            let bias = if name.ends_with("key") { vec![] } else { part(&format!("{name}.bias")) };
            multiply(rows, &part(&format!("{name}.weight")), &bias)
        };
        let normal = normalize(&rows, &part("attn_ln.weight"), &part("attn_ln.bias"));
        let [queries, keys, values] =
            ["query", "key", "value"].map(|name| linear(&normal, &format!("attn.{name}")));
        // Each token attends to itself and to those before it.
        let attended: Rows = (0..queries.len())
            .flat_map(|at| {
                let (keys, values) = (keys[..=at].to_vec(), values[..=at].to_vec());
                attend(&queries[at..=at].to_vec(), &keys, &values)
            })
            .collect();
        let attended = linear(&attended, "attn.out");
        rows.iter_mut().zip(attended).for_each(|(row, attended)| add(row, &attended));
        let normal = normalize(&rows, &part("cross_attn_ln.weight"), &part("cross_attn_ln.bias"));
        let queries = linear(&normal, "cross_attn.query");
        let [keys, values] =
            ["key", "value"].map(|name| linear(&audio, &format!("cross_attn.{name}")));
        let attended = linear(&attend(&queries, &keys, &values), "cross_attn.out");
        rows.iter_mut().zip(attended).for_each(|(row, attended)| add(row, &attended));
        let normal = normalize(&rows, &part("mlp_ln.weight"), &part("mlp_ln.bias"));
        let mut hidden = linear(&normal, "mlp.0");
        hidden.iter_mut().flatten().for_each(|number| *number = gelu(*number));
        rows.iter_mut().zip(linear(&hidden, "mlp.2")).for_each(|(row, mlp)| add(row, &mlp));
    }
    let last = rows.split_off(rows.len() - 1);
    multiply(&normalize(&last, &tensor("ln.weight"), &tensor("ln.bias")), &embeddings, &[]).concat()
}

fn convolve(frames: &Rows, stride: usize, weights: &[f32], bias: &[f32]) -> Rows {
    let inputs = frames[0].len();
    let frame = |at: usize, tap: usize| (at + tap).checked_sub(1).and_then(|at| frames.get(at));
    let number = |at: usize, output: usize| {
        let weights = &weights[output * inputs * 3..][..inputs * 3];
        let sum: f32 = (0..3)
            .filter_map(|tap| Some((tap, frame(at, tap)?)))
            .map(|(tap, frame)| {
                frame.iter().zip(weights.chunks(3)).map(|(it, taps)| it * taps[tap]).sum::<f32>()
            })
            .sum();
        gelu(sum + bias[output])
    };
    let starts = (0..frames.len()).step_by(stride);
    starts.map(|at| (0..bias.len()).map(|output| number(at, output)).collect()).collect()
}

fn multiply(rows: &Rows, weights: &[f32], bias: &[f32]) -> Rows {
    let product = |row: &Vec<f32>| {
        let mut sums: Vec<f32> =
            weights.chunks(row.len()).map(|weights| dot(row, weights)).collect();
        sums.iter_mut().zip(bias).for_each(|(sum, bias)| *sum += bias);
        sums
    };
    rows.iter().map(product).collect()
}

fn normalize(rows: &Rows, weights: &[f32], bias: &[f32]) -> Rows {
    let normal = |row: &Vec<f32>| {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let count = row.len() as f32;
        let mean = row.iter().sum::<f32>() / count;
        let variance = row.iter().map(|number| (number - mean).powi(2)).sum::<f32>() / count;
        let scaled = row.iter().map(|number| (number - mean) / (variance + 1e-5).sqrt());
        scaled
            .zip(weights)
            .zip(bias)
            .map(|((number, weight), bias)| number * weight + bias)
            .collect()
    };
    rows.iter().map(normal).collect()
}

fn attend(queries: &Rows, keys: &Rows, values: &Rows) -> Rows {
    let width = queries[0].len();
    let mut attended = vec![vec![0.0; width]; queries.len()];
    for head in (0..width).step_by(HEAD) {
        for (query, attended) in queries.iter().zip(&mut attended) {
            let query = &query[head..head + HEAD];
            let scores = keys.iter().map(|key| dot(query, &key[head..head + HEAD]) / 8.0);
            let scores: Vec<f32> = scores.collect();
            let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let weights: Vec<f32> = scores.iter().map(|score| (score - largest).exp()).collect();
            let sum: f32 = weights.iter().sum();
            for (weight, value) in weights.iter().zip(values) {
                let sums = attended[head..head + HEAD].iter_mut();
                sums.zip(&value[head..]).for_each(|(it, value)| *it += weight / sum * value);
            }
        }
    }
    attended
}

fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + (0.797_884_6 * (x + 0.044_715 * x.powi(3))).tanh())
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn add(row: &mut [f32], more: &[f32]) {
    row.iter_mut().zip(more).for_each(|(number, more)| *number += more);
}
