//! Commits per second of the store on sled, by how many callers wait at a time.

use casebridge::ports::{Batch, Store as _};
use casebridge::state::SledStore;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// As much as the plan of a run with a few actions.
fn batch(n: u64) -> Batch {
    let mut batch = Batch::default();
    for row in 0..5 {
        batch.put(format!("run:{:05}:{row}", n % 10_000), vec![b'x'; 200]);
    }
    batch
}

fn commits(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut group = criterion.benchmark_group("commits");
    group.sample_size(10);
    for callers in [1_u64, 16, 64, 256] {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SledStore::open(folder.path()).expect("a store");
        let mut n = 0;
        group.throughput(Throughput::Elements(callers));
        group.bench_function(BenchmarkId::from_parameter(callers), |bencher| {
            bencher.iter(|| {
                let waiting: Vec<_> = (0..callers).map(|more| store.commit(batch(n + more))).collect();
                n += callers;
                runtime.block_on(async {
                    for commit in waiting {
                        commit.await.expect("durable");
                    }
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, commits);
criterion_main!(benches);
