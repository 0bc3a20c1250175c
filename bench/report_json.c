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

static void write_devices(json *j, const bench_session *s) {
    json_open(j, "devices", '[');
    for (size_t i = 0; i < s->lanes; i++) {
        const ramp_device_info *d = &s->lane[i].info;
        json_open(j, NULL, '{');
        devices_json(j, d);
        json_count(j, "max_alloc", d->max_alloc);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_case(json *j, const bench_row *row) {
    const bench_case *c = row->what;
    json_text(j, "op", c->op_text);
    json_text(j, "pass", choices_pass_name(c->pass));
    json_text(j, "saved", c->pass == PASS_BACKWARD || c->saved == RAMP_SAVED_MASK ? bench_saved_name(c->saved) : NULL);
    json_text(j, "layout", layout_name(c->layout));
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
    json_count(j, "runs", (uint64_t)row->runs);
    json_count(j, "bytes", bytes);
    json_number(j, "gbs", measured_digits, (double)bytes / op->median * 1e-6);
    json_text(j, "roof", bench_roof_is_copy(row->what) ? "copy" : "add");
    json_text(j, "roof_call", isnan(roof_ms) ? NULL : which == RAMP_ROOF_VENDOR_COPY ? "vendor" : "kernel");
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
    json_text(&j, "bytes_forward", "n * size * 2");
    json_text(&j, "bytes_backward", "n * size * 3");
    json_text(&j, "bytes_mask", "n / 8: written forward; backward in place of n * size");
    json_text(&j, "bytes_broadcast", "(n / shape[0]) * size: forward x, backward dy, in place of n * size");
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
