#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* CLOCK_PROCESS_CPUTIME_ID */
#endif
/*
 * cpu_turns.c: times one thing at a time, as bench/cpu_compare.py asks, so that ramp, oneDNN, memcpy and an OpenCL CPU device can take turns. It says first what
 * it has, then answers each line ENGINE OP DTYPE PASS ELEMENTS of standard input with a line of JSON: milliseconds a call, or why there is none.
 */
#include "bits.h"
#include "inputs.h"
#include "json.h"
#include "onednn_engine.h"
#include "program.h"
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] = "cpu-turns [THREADS]: the part of bench/cpu_compare.py that times ramp, oneDNN, memcpy and OpenCL. Run that: "
                            "bench/cpu_compare.py --help\n"
                            "With THREADS a time is the processors' over so many threads.\n";

enum { arrays = 4 };                      /* x, dy, y, and the output that a gradient is told from */
static const double least_seconds = 2e-3; /* of calls in a turn: a short call is repeated */

static long shared_by; /* threads that the processors' time is divided among; 0: times are by the clock on the wall */

typedef struct turn {
    char engine[16], op_text[128], dtype_text[8], pass[24];
    long long elements;
    ramp_op op;
    ramp_dtype dtype;
    int is_backward, from_output;
} turn;

static ramp_device *device;
static struct {
    void *array[arrays];
    size_t capacity; /* bytes of each */
    ramp_dtype dtype;
    long long elements;
} memory;
static struct {
    ramp_device *device; /* NULL: there is none */
    void *array[arrays]; /* copies of memory's; NULL: they are not there */
} opencl;
static onednn_work *primitive; /* of `primitive_of` */
static turn primitive_of;

static int read_turn(const char *line, turn *t) {
    *t = (turn){.elements = 0};
    if (sscanf(line, "%15s %127s %7s %23s %lld", t->engine, t->op_text, t->dtype_text, t->pass, &t->elements) != 5 || t->elements < 1)
        return 0;
    if (ramp_op_parse(t->op_text, &t->op) != RAMP_OK) return 0;
    for (t->dtype = RAMP_F32; t->dtype <= RAMP_BF16; t->dtype++)
        if (strcmp(program_dtype(t->dtype), t->dtype_text) == 0) break;
    t->from_output = strcmp(t->pass, "backward-output") == 0;
    t->is_backward = t->from_output || strcmp(t->pass, "backward") == 0;
    return t->dtype <= RAMP_BF16 && (t->is_backward || strcmp(t->pass, "forward") == 0);
}

static void *resized(void *old, size_t bytes) {
    free(old);
    void *array = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (array != NULL) return array;
    program_say("no memory for %zu bytes", bytes);
    exit(exit_absent);
}

static void empty_opencl(void) {
    for (int i = 0; i < arrays; i++) {
        ramp_memory_free(opencl.device, opencl.array[i]);
        opencl.array[i] = NULL;
    }
}

static int fill_opencl(const turn *t) {
    const size_t bytes = (size_t)t->elements * program_dtype_size(t->dtype);
    for (int i = 0; i < arrays; i++) {
        if (opencl.array[i] != NULL) continue;
        if (ramp_memory_alloc(opencl.device, bytes, &opencl.array[i]) != RAMP_OK) return 0;
        if (ramp_memory_upload(opencl.device, opencl.array[i], 0, memory.array[i], bytes) != RAMP_OK) return 0;
    }
    return 1;
}

/* To 0. An operation on a subnormal number takes a processor of Intel's 150 cycles, and ramp-bench's inputs, which are there to be verified too, have dozens at their
 * head: in a short tensor those alone would be timed. */
static void clear_subnormals(ramp_dtype dtype, void *array, uint64_t count) {
    const double smallest = dtype == RAMP_F64 ? 0x1p-1022 : 0x1p-126; /* of f16 none is subnormal in float */
    for (uint64_t i = 0; i < count; i++)
        if (fabs(inputs_value(dtype, array, i)) < smallest) bits_store(dtype, array, (size_t)i, 0);
}

static void fill(const turn *t) {
    const size_t size = program_dtype_size(t->dtype), bytes = (size_t)t->elements * size;
    if (memory.dtype == t->dtype && memory.elements == t->elements) return;
    onednn_free(primitive);
    primitive = NULL;
    empty_opencl();
    if (bytes > memory.capacity) {
        for (int i = 0; i < arrays; i++) memory.array[i] = resized(memory.array[i], bytes);
        memory.capacity = bytes;
    }
    bench_tile tile = inputs_tile(t->dtype, (uint64_t)t->elements, 0);
    const size_t tile_bytes = (size_t)tile.count * size;
    clear_subnormals(t->dtype, tile.x, tile.count);
    clear_subnormals(t->dtype, tile.dy, tile.count);
    for (size_t at = 0; at < bytes; at += tile_bytes) {
        const size_t part = bytes - at < tile_bytes ? bytes - at : tile_bytes;
        memcpy((char *)memory.array[0] + at, tile.x, part);
        memcpy((char *)memory.array[1] + at, tile.dy, part);
    }
    memset(memory.array[2], 0, bytes);
    memset(memory.array[3], 0, bytes);
    inputs_free(&tile);
    memory.dtype = t->dtype;
    memory.elements = t->elements;
}

static ramp_tensor tensor(const turn *t, void *const array[arrays], int which) {
    const int64_t shape[1] = {t->elements};
    return ramp_tensor_dense(array[which], t->dtype, 1, shape);
}

static int run_on(ramp_device *on, void *const array[arrays], const turn *t) {
    const ramp_tensor x = tensor(t, array, t->from_output ? 3 : 0), dy = tensor(t, array, 1), y = tensor(t, array, 2);
    const ramp_status status = t->is_backward
                                   ? ramp_backward(on, &t->op, t->from_output ? RAMP_SAVED_OUTPUT : RAMP_SAVED_INPUT, &x, &dy, &y)
                                   : ramp_forward(on, &t->op, &x, &y, NULL);
    return status == RAMP_OK && ramp_device_synchronize(on) == RAMP_OK;
}

static int run_ramp(const turn *t) { return run_on(device, memory.array, t); }
static int run_opencl(const turn *t) { return run_on(opencl.device, opencl.array, t); }

/* As many bytes of memory as one tensor that is read and one that is written have. */
static int run_memcpy(const turn *t) {
    const size_t bytes = (size_t)t->elements * program_dtype_size(t->dtype);
    return ramp_roof_run(device, RAMP_ROOF_VENDOR_COPY, bytes & ~(size_t)15, memory.array[2], memory.array[0], NULL) == RAMP_OK;
}

static int run_onednn(const turn *t) {
    (void)t;
    return onednn_run(primitive);
}

/* Whether a device has the pass, and the output that it may be told from. */
static int save_on(ramp_device *on, void *const array[arrays], const turn *t) {
    const ramp_tensor x = tensor(t, array, 0), saved = tensor(t, array, 3);
    if (!t->from_output) return 1;
    return (ramp_op_saves(&t->op, t->dtype) & 1u << RAMP_SAVED_OUTPUT) != 0 && ramp_forward(on, &t->op, &x, &saved, NULL) == RAMP_OK &&
           ramp_device_synchronize(on) == RAMP_OK;
}

static int prepare_onednn(const turn *t, const char **reason) {
    if (primitive != NULL && memcmp(&primitive_of.op, &t->op, sizeof t->op) == 0 && strcmp(primitive_of.pass, t->pass) == 0) return 1;
    onednn_free(primitive);
    primitive = onednn_new(&t->op, t->dtype, t->from_output, memory.array[t->from_output ? 3 : 0], t->is_backward ? memory.array[1] : NULL,
                           memory.array[2], t->elements, reason);
    primitive_of = *t;
    return primitive != NULL;
}

/* The function that runs a turn, after what it needs has been made; NULL: the reason says why. */
typedef int run_engine(const turn *t);
static run_engine *prepare(const turn *t, const char **reason) {
    *reason = "ramp has no such pass";
    if (strcmp(t->engine, "memcpy") == 0) return run_memcpy;
    if (strcmp(t->engine, "ramp") == 0) return save_on(device, memory.array, t) ? run_ramp : NULL;
    if (strcmp(t->engine, "onednn") == 0) return prepare_onednn(t, reason) ? run_onednn : NULL;
    if (opencl.device == NULL || !fill_opencl(t)) {
        *reason = "no OpenCL CPU device, or not enough of its memory";
        return NULL;
    }
    return save_on(opencl.device, opencl.array, t) ? run_opencl : NULL;
}

static double now(void) {
    struct timespec t;
    if (shared_by == 0) return progress_clock();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec) / (double)shared_by;
}

/* Milliseconds a call; a call that is not timed comes first where arrays may lie in a cache. Below 0: it failed. */
static double time_calls(run_engine *run, const turn *t) {
    const int is_small = (size_t)t->elements * program_dtype_size(t->dtype) < (size_t)16 << 20;
    for (int i = 0; is_small && i < 3; i++)
        if (!run(t)) return -1;
    const double begin = now();
    double seconds;
    long calls = 0;
    do {
        if (!run(t)) return -1;
        calls++;
        seconds = now() - begin;
    } while (seconds < least_seconds);
    return seconds / (double)calls * 1e3;
}

/* An object on one line: as json.h writes what is nested deep. */
static json line_begin(void) {
    json j = {.out = stdout, .depth = 3};
    json_open(&j, NULL, '{');
    return j;
}

static void line_end(json *j) {
    json_close(j, '}');
    putchar('\n');
    fflush(stdout);
}

static void answer(const turn *t) {
    const char *reason = NULL;
    fill(t);
    run_engine *run = prepare(t, &reason);
    const double ms = run != NULL ? time_calls(run, t) : -1;
    char failure[1100];
    snprintf(failure, sizeof failure, "the call failed: %.1000s", ramp_last_error());
    json j = line_begin();
    if (ms < 0)
        json_text(&j, "absent", run != NULL ? failure : reason);
    else
        json_number(&j, "ms", 6, ms);
    line_end(&j);
}

static void describe(void) {
    ramp_device_info info;
    if (ramp_device_describe(device, &info) != RAMP_OK) return;
    json j = line_begin();
    json_text(&j, "processor", info.name);
    json_text(&j, "ramp", info.driver);
    json_text(&j, "onednn", onednn_version());
    const int has_opencl = opencl.device != NULL && ramp_device_describe(opencl.device, &info) == RAMP_OK;
    json_text(&j, "opencl", has_opencl ? info.driver : NULL);
    line_end(&j);
}

static int is_engine(const char *name) {
    static const char *const engines[] = {"memcpy", "ramp", "onednn", "opencl"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, engines[i]) == 0) return 1;
    return 0;
}

int main(int argc, char **argv) {
    char line[256];
    program_begin("cpu-turns");
    if (argc == 2) shared_by = strtol(argv[1], NULL, 10);
    if (argc > 2 || (argc == 2 && shared_by < 1)) {
        fputs(usage, strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return strcmp(argv[1], "--help") == 0 ? exit_done : exit_usage;
    }
    if (ramp_device_open(&device, "cpu") != RAMP_OK) {
        program_say("%s", ramp_last_error());
        return exit_absent;
    }
    if (ramp_device_open(&opencl.device, "opencl:cpu") != RAMP_OK) opencl.device = NULL;
    describe();
    while (fgets(line, sizeof line, stdin) != NULL) {
        turn t;
        if (!read_turn(line, &t)) {
            program_say("'%.*s' is no line of ENGINE OP DTYPE PASS ELEMENTS", (int)strcspn(line, "\n"), line);
            return exit_usage;
        }
        if (!is_engine(t.engine)) {
            program_say("'%s' is no engine: memcpy, ramp, onednn or opencl", t.engine);
            return exit_usage;
        }
        answer(&t);
    }
    onednn_free(primitive);
    empty_opencl();
    for (int i = 0; i < arrays; i++) free(memory.array[i]);
    ramp_device_close(opencl.device);
    ramp_device_close(device);
    return program_finish(exit_done);
}
