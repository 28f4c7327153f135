//! How long a search takes, and what the directory weighs, at 10,000, 100,000 and 1,000,000 institutions.
//!
//! Whether the targets at 100,000 are met is said in words; a miss is no failure, for the machine may be busy.
//!
//! `cargo bench -p gesher-directory` measures all three; `cargo bench -p gesher-directory -- 100000` one of them. The rows are
//! recombined from few hundred parts (see `rows`), so that each word stands in more names than it would in real ones.

#![expect(unsafe_code, reason = "an allocator that counts is an unsafe trait; it hands everything on")]

mod rows;

use gesher_directory::{Directory, Filter, Institution, Narrowing};
use rows::Rows;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Counts the bytes that are held.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed on as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Queries of each kind.
const QUERIES: usize = 1_000;

/// How often each is asked.
const RUNS: usize = 5;

/// As many as the picker shows.
const LIMIT: usize = 30;

/// What comes first of what matches equally well.
type Standing<'a> = &'a dyn Fn(&Institution) -> u64;

const MEGABYTE: f64 = 1e6;
const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// The size that the targets are for.
const TARGET_SIZE: usize = 100_000;

/// The least that is good enough at that size: what is measured, under which name, and the most that it may be.
const TARGETS: [(&str, f64, &str); 4] = [
    ("prefix", 200.0, "microseconds at p99"),
    ("typo", 1_000.0, "microseconds at p99"),
    ("build", 2.0, "seconds"),
    ("memory", 100.0, "MB"),
];

fn main() -> std::io::Result<()> {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() {
        vec![10_000, 100_000, 1_000_000]
    } else {
        asked
    };
    let mut out = std::io::stdout().lock();
    for size in sizes {
        measure(size, &mut out)?;
    }
    Ok(())
}

fn measure(size: usize, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let mut generator = Rows::new();
    let made: Vec<Institution> = (0..size).map(|at| generator.row(at)).collect();
    let typed = generator.queries(&made, QUERIES);
    drop(generator);
    let before = HELD.load(Ordering::Relaxed);
    let rows = made.clone();
    let row_bytes = HELD.load(Ordering::Relaxed) - before;
    drop(made);
    let before = HELD.load(Ordering::Relaxed) - row_bytes;
    let begun = Instant::now();
    let directory = Directory::of(rows);
    let built = begun.elapsed();
    let all_bytes = HELD.load(Ordering::Relaxed) - before;
    writeln!(
        out,
        "\n{size} institutions: built in {built:.2?}; {:.1} MB ({:.1} MiB), of which rows {:.1} MB ({:.1} MiB)",
        all_bytes as f64 / MEGABYTE,
        all_bytes as f64 / MEBIBYTE,
        row_bytes as f64 / MEGABYTE,
        row_bytes as f64 / MEBIBYTE
    )?;
    let mut measured = vec![("build", built.as_secs_f64()), ("memory", all_bytes as f64 / MEGABYTE)];
    writeln!(
        out,
        "{:<18} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "microseconds", "all p50", "p99", "most", "few p50", "p99"
    )?;
    let all = Filter {
        test_mode: true,
        ..Filter::default()
    };
    let few = Filter {
        narrowing: Narrowing {
            countries: BTreeSet::from([rows::RARE.to_owned()]),
            ..Narrowing::default()
        },
        ..all.clone()
    };
    let prefixes = typed[0].1.clone();
    let even = |_: &Institution| 0_u64;
    let typed = typed.into_iter().map(|(kind, queries)| (kind, queries, None));
    for (kind, queries, standing) in typed.chain([("prefix, standing", prefixes, Some(&even as Standing<'_>))]) {
        let of = |filter| times(&directory, &queries, filter, standing);
        let (wide, narrow) = (of(&all), of(&few));
        let at = |times: &[Duration], thousandth: usize| times[(times.len() - 1) * thousandth / 1000].as_secs_f64() * 1e6;
        writeln!(
            out,
            "{kind:<18} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.1}",
            at(&wide, 500),
            at(&wide, 990),
            at(&wide, 1000),
            at(&narrow, 500),
            at(&narrow, 990),
        )?;
        measured.push((kind, at(&wide, 990)));
    }
    if size == TARGET_SIZE {
        for (name, most, unit) in TARGETS {
            let value = measured
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(f64::NAN, |(_, value)| *value);
            let met = if value <= most { "met" } else { "MISSED" };
            writeln!(out, "target {met}: {name} {value:.1}, at most {most} {unit}")?;
        }
    }
    out.flush()
}

/// The times of the queries, sorted. Of each the best of several runs: what else the machine does is not measured.
fn times(directory: &Directory, queries: &[String], filter: &Filter, standing: Option<Standing<'_>>) -> Vec<Duration> {
    let search = |query: &String| {
        let begun = Instant::now();
        black_box(directory.search(black_box(query), filter, standing, LIMIT));
        begun.elapsed()
    };
    let mut times = vec![Duration::MAX; queries.len()];
    for _ in 0..RUNS {
        for (query, best) in queries.iter().zip(&mut times) {
            *best = search(query).min(*best);
        }
    }
    times.sort_unstable();
    times
}
