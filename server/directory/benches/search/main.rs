//! How long a search takes, and what the directory weighs, at 10,000, 100,000 and 1,000,000 institutions.
//!
//! `cargo bench -p gesher-directory` measures all three; `cargo bench -p gesher-directory -- 100000` one of them. The rows are
//! recombined from few hundred parts (see `rows`), so that each word stands in more names than it would in real ones.

#![expect(unsafe_code, reason = "an allocator that counts is an unsafe trait; it hands everything on")]

mod rows;

use gesher_directory::{Directory, Filter, Institution, Narrowing};
use rows::{Rows, Typed};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::io::Write as _;
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
const QUERIES: usize = 2_000;

/// As many as the picker shows.
const LIMIT: usize = 30;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

fn main() -> std::io::Result<()> {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10_000, 100_000, 1_000_000] } else { asked };
    let mut out = std::io::stdout().lock();
    for size in sizes {
        measure(size, &mut out)?;
    }
    Ok(())
}

fn measure(size: usize, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let before = HELD.load(Ordering::Relaxed);
    let mut generator = Rows::new();
    let rows: Vec<Institution> = (0..size).map(|at| generator.row(at)).collect();
    let typed: Vec<(&str, Vec<Typed>)> = generator.queries(&rows, QUERIES);
    let row_bytes = HELD.load(Ordering::Relaxed) - before;
    let begun = Instant::now();
    let directory = Directory::of(rows);
    let built = begun.elapsed();
    let held = HELD.load(Ordering::Relaxed) - before;
    writeln!(
        out,
        "\n{size} institutions: index built in {built:.2?}; rows {:.1} MiB, with index {:.1} MiB",
        row_bytes as f64 / MEBIBYTE,
        held as f64 / MEBIBYTE
    )?;
    writeln!(out, "{:<16} {:>10} {:>10} {:>10} {:>10} {:>10} {:>8}", "µs", "all p50", "p99", "max", "few p50", "few p99", "in 3")?;
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
    for (kind, queries) in &typed {
        let (wide, found) = times(&directory, queries, &all);
        let (narrow, _) = times(&directory, queries, &few);
        let at = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 1000].as_secs_f64() * 1e6;
        writeln!(
            out,
            "{kind:<16} {:>10.1} {:>10.1} {:>10.1} {:>10.1} {:>10.1} {:>7.1}%",
            at(&wide, 500),
            at(&wide, 990),
            at(&wide, 1000),
            at(&narrow, 500),
            at(&narrow, 990),
            found as f64 * 100.0 / queries.len() as f64
        )?;
    }
    out.flush()
}

/// The times of the queries, sorted, and how many of them had what was meant among the first three.
fn times(directory: &Directory, queries: &[Typed], filter: &Filter) -> (Vec<Duration>, usize) {
    let mut found = 0;
    let mut times: Vec<Duration> = queries
        .iter()
        .map(|query| {
            let begun = Instant::now();
            let result = black_box(directory.search(black_box(&query.text), filter, &|_| 0, LIMIT));
            let took = begun.elapsed();
            found += usize::from(result.items.iter().take(3).any(|one| one.names.en == query.meant));
            took
        })
        .collect();
    times.sort_unstable();
    (times, found)
}
