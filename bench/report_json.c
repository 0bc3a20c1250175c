#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* _SC_NPROCESSORS_ONLN */
#endif
#include "devices.h"
#include "inputs.h"
#include "json.h"
#include "layout.h"
#include "program.h"
#include "report.h"

#include <math.h>
#include <unistd.h>

enum { measured_digits = 7 }; /* finer than any clock here */

static void write_clock(json *j, const char *key, unsigned mhz) { json_number(j, key, measured_digits, mhz > 0 ? (double)mhz : NAN); }

/* null: not known, and clocks_unknown says why. */
static void write_clocks(json *j, const bench_lane *lane) {
    const bench_clocks *c = &lane->clocks;
    const bench_clock_check *check = &lane->check;
    const int is_checked = check->calls > 0;
    char held[128];
    json_text(j, "clocks_unknown", c->samples > 0 ? NULL : c->unknown[0] != '\0' ? c->unknown : "nothing was timed");
    write_clock(j, "core_mhz_low", c->sm_low);
    write_clock(j, "core_mhz_high", c->sm_high);
    write_clock(j, "core_mhz_most", c->sm_most);
    write_clock(j, "memory_mhz_low", c->memory_low);
    write_clock(j, "memory_mhz_high", c->memory_high);
    json_text(j, "held_back", c->samples > 0 ? clocks_held_back(c, held) : NULL);
    json_number(j, "theory_gbs", measured_digits, c->theory_gbs);
    json_number(j, "link_up_gbs", measured_digits, lane->up_gbs > 0 ? lane->up_gbs : NAN);
    json_number(j, "link_down_gbs", measured_digits, lane->down_gbs > 0 ? lane->down_gbs : NAN);
    json_count(j, "check_calls", (uint64_t)check->calls);
    json_number(j, "check_device_ms", measured_digits, is_checked ? check->device_ms : NAN);
    json_number(j, "check_host_ms", measured_digits, is_checked ? check->host_ms : NAN);
}

static void write_devices(json *j, const bench_session *s) {
    json_open(j, "devices", '[');
    for (size_t i = 0; i < s->lanes; i++) {
        const ramp_device_info *d = &s->lane[i].info;
        json_open(j, NULL, '{');
        devices_json(j, d);
        json_count(j, "max_alloc", d->max_alloc);
        write_clocks(j, &s->lane[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_case(json *j, const bench_row *row) {
    const bench_case *c = row->what;
    json_text(j, "op", c->op_text);
    json_text(j, "pass", bench_pass_names[c->pass]);
    json_text(j, "saved", c->pass == PASS_BACKWARD || c->saved == RAMP_SAVED_MASK ? bench_saved_names[c->saved] : NULL);
    json_text(j, "layout", layout_names[c->layout]);
    json_text(j, "cache", bench_cache_name(c->cache));
    json_text(j, "memory", bench_memory_name(c->memory));
    json_text(j, "dtype", program_dtype(c->dtype));
    json_open(j, "shape", '[');
    for (int d = 0; d < c->shape->ndim; d++) json_count(j, NULL, (uint64_t)c->shape->size[d]);
    json_close(j, ']');
    json_text(j, "backend", row->lane->info.backend);
    json_text(j, "device", row->lane->info.selector);
}

/* A row that was skipped or failed, and why: it has no numbers, so it is not among the results. */
static void write_unmeasured(json *j, const bench_row *row) {
    json_open(j, NULL, '{');
    write_case(j, row);
    json_text(j, "status", row->state == BENCH_SKIPPED ? "skipped" : "failed");
    json_text(j, "reason", row->reason);
    json_close(j, '}');
}

static void write_row(json *j, const bench_row *row) {
    const bench_stats *op = &row->ms[bench_op], *vendor = &row->ms[bench_first_roof + RAMP_ROOF_VENDOR_COPY],
                      *kernel = &row->ms[bench_first_roof + RAMP_ROOF_COPY];
    ramp_roof which;
    double roof_ms = bench_roof_ms(row, &which);
    uint64_t bytes = bench_bytes(row->what);
    json_open(j, NULL, '{');
    write_case(j, row);
    json_number(j, "ms_median", measured_digits, op->median);
    json_number(j, "ms_p25", measured_digits, op->p25);
    json_number(j, "ms_p75", measured_digits, op->p75);
    json_number(j, "ms_low", measured_digits, op->low);
    json_number(j, "ms_high", measured_digits, op->high);
    json_count(j, "runs", (uint64_t)row->runs);
    json_count(j, "bytes", bytes);
    json_number(j, "gbs", measured_digits, (double)bytes / op->median * 1e-6);
    const int is_host = row->what->memory != MEMORY_DEVICE;
    json_text(j, "roof", is_host ? "link" : bench_roof_is_copy(row->what) ? "copy" : "add");
    json_text(j, "roof_call", isnan(roof_ms) || is_host ? NULL : which == RAMP_ROOF_VENDOR_COPY ? "vendor" : "kernel");
    json_number(j, "roof_ms", measured_digits, roof_ms);
    json_number(j, "x_roof", measured_digits, op->median / roof_ms);
    json_number(j, "copy_ms", measured_digits, vendor->median);
    json_number(j, "copy_kernel_ms", measured_digits, kernel->median);
    json_number(j, "x_copy", measured_digits, op->median / vendor->median);
    json_number(j, "x_first", measured_digits, row->x_first);
    json_flag(j, "verified", row->state == BENCH_MEASURED);
    if (row->state == BENCH_WRONG) json_text(j, "reason", row->reason);
    json_close(j, '}');
}

void report_json(const bench_session *s, FILE *out) {
    json j = {.out = out};
    json_open(&j, NULL, '{');
    json_count(&j, "schema", 1);
    json_text(&j, "program", "ramp-bench");
    json_text(&j, "version", program_version());
    json_text(&j, "date", s->date);
    json_count(&j, "host_cpus", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    json_count(&j, "seed", inputs_seed);
    json_count(&j, "special_every", inputs_special_every);
    json_text(&j, "bytes_forward", report_bytes_forward);
    json_text(&j, "bytes_backward", report_bytes_backward);
    json_text(&j, "bytes_mask", report_bytes_mask);
    json_text(&j, "bytes_broadcast", report_bytes_broadcast);
    write_devices(&j, s);
    json_open(&j, "results", '[');
    for (size_t i = 0; i < s->results.count; i++) {
        const bench_row *row = &s->results.row[i];
        if (row->state == BENCH_MEASURED || row->state == BENCH_WRONG) write_row(&j, row);
    }
    json_close(&j, ']');
    json_open(&j, "unmeasured", '[');
    for (size_t i = 0; i < s->results.count; i++) {
        const bench_row *row = &s->results.row[i];
        if (row->state == BENCH_SKIPPED || row->state == BENCH_FAILED) write_unmeasured(&j, row);
    }
    json_close(&j, ']');
    json_open(&j, "notes", '[');
    for (size_t i = 0; i < s->notes; i++) json_text(&j, NULL, s->note[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}
