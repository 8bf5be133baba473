//! A client in Rust, without crates: two threads trace, the main one drains; then a stream.
//!
//!     client anonymous|memfd|named|file [NAME OR PATH]

use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void, CString};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

const OK: c_int = 0;
const EMPTY: c_int = 2;
const CLOSED: c_int = 26;
const EVENTS: u64 = 5000;
const THREADS: u64 = 2;

#[repr(C)]
struct Options {
    size: u32,
    kind: u32,
    contents: u32,
    flags: u32,
    name: *const c_char,
    permissions: u32,
    numa_node: u32,
    stream_bytes: u64,
    publish: u32,
    publish_bytes: u32,
    wake: u32,
    thread_slots: u32,
    index_rings: u32,
    index_ring_bytes: u32,
    detail_rings: u32,
    detail_ring_bytes: u32,
    history_rings: u32,
    post_records: u32,
    message: *mut c_char,
    message_size: usize,
}

#[repr(C)]
struct Record {
    kind: u16,
    is_timestamped: u16,
    length: u32,
    timestamp: u64,
    sequence: u64,
    payload: *const c_void,
}

#[repr(C)]
#[derive(Default)]
struct Drained {
    size: u32,
    quarantined: u32,
    frames: u64,
    records: u64,
    bytes: u64,
    threads_ended: u32,
    threads_attached: u32,
}

#[repr(C)]
struct Shm {
    _private: [u8; 0],
}
#[repr(C)]
struct Thread {
    _private: [u8; 0],
}
#[repr(C)]
struct Controller {
    _private: [u8; 0],
}
#[repr(C)]
struct Frame {
    _private: [u8; 0],
}

type FrameFunction = extern "C" fn(*mut c_void, *const Frame) -> c_int;

#[link(name = "tracer_shm")]
extern "C" {
    fn tracer_shm_create(options: *const Options, result: *mut *mut Shm) -> c_int;
    fn tracer_shm_destroy(shm: *mut Shm) -> c_int;
    fn tracer_shm_close(shm: *mut Shm) -> c_int;
    fn tracer_shm_write(shm: *mut Shm, kind: u16, payload: *const c_void, length: usize) -> c_int;
    fn tracer_shm_read(
        shm: *mut Shm, buffer: *mut c_void, capacity: usize, record: *mut Record,
    ) -> c_int;
    fn tracer_shm_attach(shm: *mut Shm, result: *mut *mut Thread) -> c_int;
    fn tracer_shm_detach(thread: *mut Thread) -> c_int;
    fn tracer_shm_write_index(
        thread: *mut Thread, kind: u16, payload: *const c_void, length: usize,
    ) -> c_int;
    fn tracer_shm_control(shm: *mut Shm, result: *mut *mut Controller) -> c_int;
    fn tracer_shm_wait(controller: *mut Controller, timeout_nanoseconds: u64) -> c_int;
    fn tracer_shm_drain(
        controller: *mut Controller, mode: u32, function: FrameFunction, context: *mut c_void,
        drained: *mut Drained,
    ) -> c_int;
    fn tracer_shm_next_record(
        frame: *const Frame, position: *mut u64, record: *mut Record,
    ) -> c_int;
    fn tracer_shm_release(controller: *mut Controller) -> c_int;
}

struct Checks {
    passed: u32,
    failed: u32,
}

impl Checks {
    fn that(&mut self, good: bool, what: &str) {
        if good {
            self.passed += 1;
        } else {
            self.failed += 1;
            println!("FAILED: {what}");
        }
    }
}

fn empty_record() -> Record {
    Record {
        kind: 0, is_timestamped: 0, length: 0, timestamp: 0, sequence: 0, payload: ptr::null(),
    }
}

extern "C" fn take(context: *mut c_void, frame: *const Frame) -> c_int {
    let next = unsafe { &mut *(context as *mut HashMap<u64, u64>) };
    let mut position = 0;
    let mut record = empty_record();
    while unsafe { tracer_shm_next_record(frame, &mut position, &mut record) } == OK {
        let words = unsafe { ptr::read_unaligned(record.payload as *const [u64; 2]) };
        let expected = next.entry(words[0]).or_insert(0);
        if record.length != 16 || words[1] != *expected {
            return 1;
        }
        *expected += 1;
    }
    0
}

fn trace(options: &Options, checks: &mut Checks) {
    let mut shm = ptr::null_mut();
    let mut controller = ptr::null_mut();
    checks.that(unsafe { tracer_shm_create(options, &mut shm) } == OK, "create");
    checks.that(unsafe { tracer_shm_control(shm, &mut controller) } == OK, "control");
    let refused = AtomicU64::new(0);
    let mut next: HashMap<u64, u64> = HashMap::new();
    let region = shm as usize;
    std::thread::scope(|scope| {
        for index in 0..THREADS {
            let refused = &refused;
            scope.spawn(move || unsafe {
                let mut thread = ptr::null_mut();
                if tracer_shm_attach(region as *mut Shm, &mut thread) != OK {
                    refused.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                for number in 0..EVENTS {
                    let words = [index, number];
                    if tracer_shm_write_index(thread, 1, words.as_ptr().cast(), 16) != OK {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
                tracer_shm_detach(thread);
            });
        }
        let mut ended = 0;
        let mut drained =
            Drained { size: std::mem::size_of::<Drained>() as u32, ..Default::default() };
        while u64::from(ended) < THREADS {
            let context = &mut next as *mut _ as *mut c_void;
            let status = unsafe { tracer_shm_drain(controller, 0, take, context, &mut drained) };
            if status != OK {
                checks.that(false, "drain");
                break;
            }
            ended += drained.threads_ended;
            if drained.frames == 0 {
                unsafe { tracer_shm_wait(controller, 100_000_000) };
            }
        }
    });
    checks.that(refused.load(Ordering::Relaxed) == 0, "nothing was refused");
    for index in 0..THREADS {
        checks.that(next.get(&index) == Some(&EVENTS), "every event of a thread, in order");
    }
    checks.that(unsafe { tracer_shm_release(controller) } == OK, "release");
    checks.that(unsafe { tracer_shm_destroy(shm) } == OK, "destroy");
    checks.that(unsafe { tracer_shm_close(shm) } == CLOSED, "closed once");
}

fn stream(options: &Options, checks: &mut Checks) {
    let mut shm = ptr::null_mut();
    checks.that(unsafe { tracer_shm_create(options, &mut shm) } == OK, "create a stream");
    let text = b"hello";
    let written = unsafe { tracer_shm_write(shm, 4, text.as_ptr().cast(), text.len()) };
    checks.that(written == OK, "write");
    let mut buffer = [0u8; 16];
    let mut record = empty_record();
    let read = |buffer: &mut [u8; 16], record: &mut Record| unsafe {
        tracer_shm_read(shm, buffer.as_mut_ptr().cast(), buffer.len(), record)
    };
    checks.that(read(&mut buffer, &mut record) == OK, "read");
    checks.that(record.kind == 4 && &buffer[..record.length as usize] == text, "what was written");
    checks.that(read(&mut buffer, &mut record) == EMPTY, "empty");
    checks.that(unsafe { tracer_shm_destroy(shm) } == OK, "destroy the stream");
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let kinds = ["anonymous", "memfd", "named", "file"];
    let kind = words.get(1).and_then(|word| kinds.iter().position(|kind| kind == word));
    let Some(kind) = kind else {
        eprintln!("usage: client anonymous|memfd|named|file [NAME OR PATH]");
        std::process::exit(64);
    };
    let name = words.get(2).map(|word| CString::new(word.as_str()).expect("no zero byte"));
    // All zeros is the default of every field but the size.
    let mut options: Options = unsafe { std::mem::zeroed() };
    options.size = std::mem::size_of::<Options>() as u32;
    options.kind = kind as u32;
    options.name = name.as_ref().map_or(ptr::null(), |name| name.as_ptr());
    let mut checks = Checks { passed: 0, failed: 0 };
    trace(&options, &mut checks);
    options.contents = 1;
    stream(&options, &mut checks);
    println!("{}: {} passed, {} failed", kinds[kind], checks.passed, checks.failed);
    std::process::exit(i32::from(checks.failed != 0));
}
