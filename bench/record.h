/* record.h: results as they are written down: what --csv, --markdown, --compare and --plot work on, measured just now or read from a file. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include "bench.h"

typedef struct bench_record {
    char op[128], pass[16], saved[16], layout[16], cache[8], memory[16], dtype[8], shape[128], backend[16], device[32];
    double elements, bytes, runs;
    double ms, ms_low, ms_high, gbs, roof_ms, x_roof, x_copy, x_first; /* NaN: not known */
    int is_verified;
} bench_record;

typedef struct bench_machine {
    char selector[32], name[256], driver[128], held_back[128]; /* held_back: "unknown" where no driver told */
    double core_mhz, memory_mhz, theory_gbs;                   /* the highest seen; NaN: not known */
} bench_machine;

typedef struct bench_records {
    char source[256]; /* a file, or "this run" */
    char date[32], formulas[512];
    double host_cpus;
    bench_machine *machine;
    size_t machines;
    bench_record *row;
    size_t count;
} bench_records;

bench_records records_of_session(const bench_session *s);

/* A file that --json wrote, or that bench/torch_reference.py did (its lines). -1, or with a complaint that begins with `option` an exit code. */
int records_read(const char *option, const char *path, bench_records *r);
int records_read_torch(const char *option, const char *path, bench_records *r);
void records_free(bench_records *r);

const bench_machine *records_machine(const bench_records *r, const char *selector); /* NULL: none */

/* "relu backward f32 4096x393216 mask rows cold on cuda:0": only what is not the default. */
const char *record_text(const bench_record *r, char text[384]);

/* The same op, pass, dtype, saved kind, layout, caches and memory. */
int record_is_same_work(const bench_record *a, const bench_record *b);

/* The formulas of bytes and inputs, in one text: results by others are not to be compared. */
const char *record_formulas(void);

#endif
