#include "calls_parts.h"
#include "calls_report.h"
#include "program.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

static const double bar_of_call = 1.1, bar_beyond_context_ms = 10, bar_opencl_cold_ms = 1200, bar_opencl_warm_ms = 30;

double calls_ratio(const calls_row *row) { return row->against != NULL ? row->value.median / row->other.median : NAN; }

calls_verdict calls_judge(const calls_row *row) {
    const double value = row->against != NULL ? calls_ratio(row) : row->value.median;
    if (isnan(row->bar) || isnan(value)) return VERDICT_NONE;
    return value <= row->bar ? VERDICT_HELD : VERDICT_MISSED;
}

/* Where the samples are: a printf format. No such samples, no row. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bench_stats
find(const calls_lane *lane, const char *format, ...) {
    char name[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return calls_stats(lane, name);
}

static void add(calls_rows *rows, calls_row row) {
    if (isnan(row.value.median) || (row.against != NULL && isnan(row.other.median))) return;
    rows->row = program_resize(rows->row, rows->count + 1, sizeof *rows->row);
    rows->row[rows->count++] = row;
}

static void add_steady(calls_rows *rows, const calls_lane *lane, const char *pass, int threads) {
    calls_row row = {.lane = lane, .part = PART_STEADY, .threads = threads, .unit = "ns", .bar = bar_of_call};
    const bench_stats bare = find(lane, "%s %d %s", pass, threads, CALLS_BARE),
                      arguments = find(lane, "%s %d %s", pass, threads, CALLS_ARGUMENTS);
    row.value = find(lane, "%s %d %s", pass, threads, CALLS_RAMP);
    snprintf(row.what, sizeof row.what, "%s", pass);
    if (!isnan(bare.median)) {
        row.against = CALLS_BARE;
        row.other = bare;
    } else {
        row.bar = NAN;
    }
    add(rows, row);
    row.bar = NAN; /* the others are there to explain */
    if (!isnan(arguments.median)) {
        row.against = CALLS_ARGUMENTS;
        row.other = arguments;
        add(rows, row);
    }
    row.against = CALLS_BARE;
    row.other = bare;
    row.value = find(lane, "%s %d %s", pass, threads, CALLS_ALONE);
    snprintf(row.what, sizeof row.what, "%s, %s", pass, CALLS_ALONE);
    add(rows, row);
    row.bar = bar_of_call;
    row.against = CALLS_BARE_OWN;
    row.other = find(lane, "%s %d %s", pass, threads, CALLS_BARE_OWN);
    row.value = find(lane, "%s %d %s", pass, threads, CALLS_RAMP_OWN);
    snprintf(row.what, sizeof row.what, "%s, a queue each", pass);
    add(rows, row);
}

static void add_counts(calls_rows *rows, const calls_lane *lane, const char *pass, int threads) {
    calls_row row = {.lane = lane, .part = PART_COUNTS, .threads = threads, .unit = "", .bar = 0};
    row.value = find(lane, "%s %d mallocs", pass, threads);
    snprintf(row.what, sizeof row.what, "%s: mallocs of %d calls", pass, calls_counted * threads);
    add(rows, row);
    row.value = find(lane, "%s %d made", pass, threads);
    snprintf(row.what, sizeof row.what, "%s: made by the driver in %d calls", pass, calls_counted * threads);
    if (strcmp(lane->info.backend, "cpu") != 0) add(rows, row);
}

/* Mallocs of ramp's and what the driver is asked to make: programs, modules, kernels, memory. */
static void add_prepared(calls_rows *rows, const calls_lane *lane, const char *pass) {
    calls_row row = {.lane = lane, .part = PART_COUNTS, .threads = 1, .unit = "", .bar = 0};
    row.value = find(lane, "%s prepared made", pass);
    snprintf(row.what, sizeof row.what, "%s: made by the first after ramp_prepare", pass);
    add(rows, row);
}

static void add_graph(calls_rows *rows, const calls_lane *lane, const char *pass) {
    calls_row row = {.lane = lane, .part = PART_GRAPH, .threads = 1, .unit = "us", .bar = bar_of_call, .against = "copy"};
    row.value = find(lane, "graph %s", pass);
    row.other = find(lane, "graph copy");
    snprintf(row.what, sizeof row.what, "%s, replayed", pass);
    add(rows, row);
}

static void add_start(calls_rows *rows, const calls_lane *lane, calls_start start, const char *step, const char *what, double bar) {
    calls_row row = {.lane = lane, .part = PART_FIRST, .threads = 1, .unit = "ms", .bar = bar};
    row.value = find(lane, "%s %s", calls_start_names[start], step);
    snprintf(row.what, sizeof row.what, "%s", what);
    add(rows, row);
}

static bench_stats sum(bench_stats a, bench_stats b) {
    return (bench_stats){a.median + b.median, a.p25 + b.p25, a.p75 + b.p75, a.low + b.low, a.high + b.high};
}

static void add_first(calls_rows *rows, const calls_lane *lane) {
    const int is_cuda = strcmp(lane->info.backend, "cuda") == 0, is_opencl = strcmp(lane->info.backend, "opencl") == 0;
    calls_row beyond = {.lane = lane, .part = PART_FIRST, .threads = 1, .unit = "ms", .bar = bar_beyond_context_ms};
    add_start(rows, lane, START_CONTEXT, "context", "the context alone", NAN);
    add_start(rows, lane, START_COLD, "open", "open, cold", NAN);
    add_start(rows, lane, START_COLD, "first", "first call, cold", is_opencl ? bar_opencl_cold_ms : NAN);
    add_start(rows, lane, START_COLD, "second", "second call", NAN);
    beyond.value = sum(find(lane, "inside open"), find(lane, "inside first"));
    snprintf(beyond.what, sizeof beyond.what, "open + first call, beyond the context");
    if (is_cuda) add(rows, beyond);
    add_start(rows, lane, START_WARM, "open", "open, with the cache", NAN);
    add_start(rows, lane, START_WARM, "first", "first call, with the cache", bar_opencl_warm_ms);
    add_start(rows, lane, START_PREPARED, "prepare", "ramp_prepare", NAN);
    add_start(rows, lane, START_PREPARED, "first", "first call after ramp_prepare", NAN);
}

static void add_load(calls_rows *rows, const calls_lane *lane) {
    calls_row row = {.lane = lane, .part = PART_LOAD, .threads = 1, .unit = "", .bar = 0};
    row.value = find(lane, "load drivers");
    snprintf(row.what, sizeof row.what, "drivers open when ramp is loaded");
    add(rows, row);
    row.value = find(lane, "load others");
    snprintf(row.what, sizeof row.what, "functions of other backends' drivers");
    add(rows, row);
    row.value = find(lane, "load time");
    snprintf(row.what, sizeof row.what, "to load the library");
    row.unit = "ms";
    row.bar = NAN;
    add(rows, row);
}

calls_rows calls_rows_of(const calls_lane *lane, size_t lanes, const calls_options *o) {
    calls_rows rows = {.count = 0};
    for (size_t i = 0; i < lanes; i++, lane++) {
        for (int pass = 0; pass < bench_passes; pass++)
            for (int w = 0; w < o->widths; w++) add_steady(&rows, lane, bench_pass_names[pass], o->threads[w]);
        for (int pass = 0; pass < bench_passes; pass++) {
            for (int w = 0; w < o->widths; w++) add_counts(&rows, lane, bench_pass_names[pass], o->threads[w]);
            add_prepared(&rows, lane, bench_pass_names[pass]);
        }
        for (int pass = 0; pass < bench_passes; pass++) add_graph(&rows, lane, bench_pass_names[pass]);
        add_first(&rows, lane);
        add_load(&rows, lane);
    }
    return rows;
}
