use super::*;
use std::time::{Duration, Instant};

fn rss() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[ignore]
fn measure() {
    let shared = std::env::var("SHARED").ok().and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let before = rss();
    let mut manifests = Manifests::default();
    let mut spent = Duration::ZERO;
    for repository in 0..50usize {
        for number in 0..500usize {
            let id = repository * 500 + number;
            let blobs = (0..10usize).map(|blob| {
                let own = if blob < shared { 900_000_000 + repository * 100 + blob } else { 1_000_000 + id * 10 + blob };
                format!(r#"{{"digest":"sha256:{own:064x}","compressed_size_bytes":{}}}"#, 1000 + blob)
            });
            let blobs: Vec<String> = blobs.collect();
            let tags = if number % 2 == 0 { format!("\"v{number}\"") } else { String::new() };
            let text = format!(
                r#"{{"registry_name":"acme","repository":"r{repository}","digest":"sha256:{id:064x}","compressed_size_bytes":1,"size_bytes":2,"updated_at":"2026-{:02}-{:02}T00:00:00Z","tags":[{tags}],"blobs":[{}],"children":[]}}"#,
                1 + number / 28 % 12, 1 + number % 28, blobs.join(",")
            );
            let row = Value::from_json_str(&text).unwrap();
            let start = Instant::now();
            manifests.absorb(&row);
            spent += start.elapsed();
        }
    }
    let after = rss();
    println!("absorb {spent:?}, {} manifests, {} digests, rss {} -> {} KiB", manifests.len(), manifests.digests.len(), before, after);
    let start = Instant::now();
    let garbage = Garbage::of(&manifests, [], 20);
    println!("decide {:?}", start.elapsed());
    let start = Instant::now();
    let record = garbage.record(Some(1), Vec::new());
    println!("record {:?}, {} candidates, rss {} KiB", start.elapsed(), record.items_at(&["candidates"]).len(), rss());
    let start = Instant::now();
    let presence = crate::inventory::view::registry::Presence::of(&manifests);
    println!("presence {:?} {}", start.elapsed(), std::mem::size_of_val(&presence));
}
use crate::value::ValueExt;
