use std::collections::HashMap;
use std::num::NonZeroUsize;
use watchme_encoder::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let threads: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let d = std::fs::read(path).unwrap();
    let u = |o: usize| u32::from_le_bytes(d[o..o + 4].try_into().unwrap()) as usize;
    let (width, layers, bands) = (u(12), u(20), u(40));
    let mut o = 48 + 8 + u(48) * u(52) * 4;
    let n = u(o); o += 4;
    for _ in 0..n { o += 4 + u(o); }
    let mut at = HashMap::new();
    while o < d.len() {
        let (nd, l, t) = (u(o), u(o + 4), u(o + 8)); o += 12;
        let c: usize = (0..nd).map(|i| u(o + 4 * i)).product(); o += 4 * nd;
        let name = String::from_utf8(d[o..o + l].to_vec()).unwrap(); o += l;
        at.insert(name, (o, c, t));
        o += c * if t == 1 { 2 } else { 4 };
    }
    let f16 = |b: u16| { let s = if b >> 15 == 1 { -1.0f32 } else { 1.0 }; let e = (b >> 10 & 31) as i32; let m = (b & 1023) as f32;
        s * if e == 0 { m * 2f32.powi(-24) } else { (1.0 + m / 1024.0) * 2f32.powi(e - 15) } };
    let e = Encoder::new(Shape { width, layers, bands }, if std::env::args().nth(3).is_some() { Precision::Eight } else { Precision::Sixteen }, |name| -> Result<Vec<f32>, WrongLength> {
        let (o, c, t) = at[name];
        Ok(if t == 1 { (0..c).map(|i| f16(u16::from_le_bytes([d[o + 2 * i], d[o + 2 * i + 1]]))).collect() }
        else { (0..c).map(|i| f32::from_le_bytes(d[o + 4 * i..o + 4 * i + 4].try_into().unwrap())).collect() })
    }).unwrap().unwrap();
    let spec: Vec<f32> = (0..bands * 3000).map(|i| ((i * 7919 % 1000) as f32) / 500.0 - 1.0).collect();
    let mut out = vec![0.0; width * 1500];
    for _ in 0..6 {
        let t = std::time::Instant::now();
        e.encode(&spec, &mut out, NonZeroUsize::new(threads).unwrap()).unwrap();
        println!("{} {:?} {:?}", e.kernel(), t.elapsed(), &out[..4]);
    }
}
