"""A client in Python, by ctypes alone: a forked child traces, its parent drains; then a stream.

    client.py LIBRARY anonymous|memfd|named|file [NAME OR PATH]
"""
import ctypes as c
import os
import sys

OK, FULL, EMPTY, TIMED_OUT = 0, 1, 2, 3
DETACHED, NULL_ARGUMENT = 27, 20
KINDS = {"anonymous": 0, "memfd": 1, "named": 2, "file": 3}
EVENTS = 2000


class Options(c.Structure):
    _fields_ = [
        ("size", c.c_uint32), ("kind", c.c_uint32), ("contents", c.c_uint32), ("flags", c.c_uint32),
        ("name", c.c_char_p), ("permissions", c.c_uint32), ("numa_node", c.c_uint32),
        ("stream_bytes", c.c_uint64), ("publish", c.c_uint32), ("publish_bytes", c.c_uint32),
        ("wake", c.c_uint32), ("thread_slots", c.c_uint32), ("index_rings", c.c_uint32),
        ("index_ring_bytes", c.c_uint32), ("detail_rings", c.c_uint32),
        ("detail_ring_bytes", c.c_uint32), ("history_rings", c.c_uint32),
        ("post_records", c.c_uint32), ("message", c.c_char_p), ("message_size", c.c_size_t)]


class Record(c.Structure):
    _fields_ = [
        ("type", c.c_uint16), ("is_timestamped", c.c_uint16), ("length", c.c_uint32),
        ("timestamp", c.c_uint64), ("sequence", c.c_uint64), ("payload", c.c_void_p)]


class Drained(c.Structure):
    _fields_ = [
        ("size", c.c_uint32), ("quarantined", c.c_uint32), ("frames", c.c_uint64),
        ("records", c.c_uint64), ("bytes", c.c_uint64), ("threads_ended", c.c_uint32),
        ("threads_attached", c.c_uint32)]


FrameFunction = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p)
passed = failed = 0


def check(good, what):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED:", what)


def load(path):
    library = c.CDLL(path)
    library.tracer_shm_status_text.restype = c.c_char_p
    library.tracer_shm_counter.restype = c.c_uint64
    pointer = c.c_void_p
    library.tracer_shm_write.argtypes = [pointer, c.c_uint16, c.c_char_p, c.c_size_t]
    library.tracer_shm_read.argtypes = [pointer, pointer, c.c_size_t, pointer]
    library.tracer_shm_attach.argtypes = [pointer, pointer]
    library.tracer_shm_detach.argtypes = [pointer]
    library.tracer_shm_write_index_at.argtypes = [
        pointer, c.c_uint16, c.c_uint64, c.c_char_p, c.c_size_t]
    library.tracer_shm_control.argtypes = [pointer, pointer]
    library.tracer_shm_wait.argtypes = [pointer, c.c_uint64]
    library.tracer_shm_drain.argtypes = [pointer, c.c_uint32, FrameFunction, pointer, pointer]
    library.tracer_shm_next_record.argtypes = [pointer, pointer, pointer]
    for name in ("release", "close", "destroy"):
        getattr(library, "tracer_shm_" + name).argtypes = [pointer]
    return library


def be_agent(library, shm):
    thread = c.c_void_p()
    if library.tracer_shm_attach(shm, c.byref(thread)) != OK:
        return 1
    for number in range(EVENTS):
        payload = b"event %d" % number
        if library.tracer_shm_write_index_at(thread, 5, 0, payload, len(payload)) != OK:
            return 2
    if library.tracer_shm_detach(thread) != OK:
        return 3
    return 0 if library.tracer_shm_detach(thread) == DETACHED else 4


def trace(library, options):
    shm, controller = c.c_void_p(), c.c_void_p()
    check(library.tracer_shm_create(c.byref(options), c.byref(shm)) == OK, "create")
    check(library.tracer_shm_control(shm, c.byref(controller)) == OK, "control")
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os._exit(be_agent(library, shm))
    found, timestamps = [], []

    def take(_, frame):
        position, record = c.c_uint64(0), Record()
        while library.tracer_shm_next_record(frame, c.byref(position), c.byref(record)) == OK:
            found.append(c.string_at(record.payload, record.length))
            timestamps.append(record.timestamp)
        return 0

    drained = Drained(size=c.sizeof(Drained))
    ended = 0
    function = FrameFunction(take)
    while ended == 0:
        check(library.tracer_shm_drain(controller, 0, function, None, c.byref(drained)) == OK,
              "drain")
        ended += drained.threads_ended
        if drained.frames == 0:
            check(library.tracer_shm_wait(controller, 10**8) in (OK, TIMED_OUT), "wait")
    check(os.waitpid(child, 0)[1] == 0, "the agent's calls")
    check(found == [b"event %d" % number for number in range(EVENTS)], "every event, in order")
    check(timestamps == sorted(timestamps), "timestamps in order")
    check(library.tracer_shm_release(controller) == OK, "release")
    check(library.tracer_shm_destroy(shm) == OK, "destroy")


def stream(library, options):
    options.contents = 1
    shm = c.c_void_p()
    check(library.tracer_shm_create(c.byref(options), c.byref(shm)) == OK, "create a stream")
    check(library.tracer_shm_write(shm, 9, b"hello", 5) == OK, "write")
    check(library.tracer_shm_write(shm, 9, None, 5) == NULL_ARGUMENT, "null payload")
    buffer, record = c.create_string_buffer(16), Record()
    check(library.tracer_shm_read(shm, buffer, 16, c.byref(record)) == OK, "read")
    check(record.type == 9 and buffer.raw[:record.length] == b"hello", "what was written")
    check(library.tracer_shm_read(shm, buffer, 16, c.byref(record)) == EMPTY, "empty")
    check(library.tracer_shm_destroy(shm) == OK, "destroy the stream")


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in KINDS:
        print(__doc__, file=sys.stderr)
        return 64
    library = load(sys.argv[1])
    options = Options(size=c.sizeof(Options), kind=KINDS[sys.argv[2]])
    if len(sys.argv) > 3:
        options.name = sys.argv[3].encode()
    trace(library, options)
    stream(library, options)
    print(f"{sys.argv[2]}: {passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


sys.exit(main())
