#include "program.h"
#include "report.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void number_cell(table *t, const char *format, double value) {
    char text[32];
    snprintf(text, sizeof text, format, value);
    table_cell(t, "%s", isfinite(value) ? text : "-");
}

/* Milliseconds to four digits or so, whatever their size. */
static const char *ms_format(double ms) { return ms < 0.1 ? "%.5f" : ms < 10 ? "%.4f" : ms < 1000 ? "%.2f" : "%.0f"; }

static const char *rate_format(double gbs) { return gbs < 10 ? "%.3f" : "%.1f"; }

static void print_header(const bench_session *s, FILE *out) {
    fprintf(out, "ramp-bench %s, %s\n\n", program_version(), s->date);
    for (size_t i = 0; i < s->lanes; i++) {
        const ramp_device_info *d = &s->lane[i].info;
        fprintf(out, "  %-10s %s (%s)\n", d->selector, d->name, d->driver);
    }
    for (size_t i = 0; i < s->notes; i++) fprintf(out, "\n  Note: %s.", s->note[i]);
    fputs(s->notes > 0 ? "\n\n" : "\n", out);
}

static void print_row(table *t, const bench_row *row) {
    const bench_stats *op = &row->ms[bench_op];
    ramp_roof which;
    const bench_stats *roof = bench_roof(row, &which);
    double bytes = (double)bench_bytes(row->what), roof_ms = roof != NULL ? roof->median : NAN;
    table_cell(t, "%s", row->what->op_text);
    table_cell(t, "%s", bench_pass_name(row->what->pass));
    table_cell(t, "%s", program_dtype(row->what->dtype));
    table_cell(t, "%s", row->what->shape->text);
    table_cell(t, "%s", row->lane->info.selector);
    number_cell(t, ms_format(op->median), op->median);
    number_cell(t, "%.1f%%", (op->p75 - op->p25) / op->median * 100);
    number_cell(t, rate_format(bytes / op->median * 1e-6), bytes / op->median * 1e-6);
    number_cell(t, rate_format(bytes / roof_ms * 1e-6), bytes / roof_ms * 1e-6);
    number_cell(t, "%.3f", op->median / roof_ms);
    number_cell(t, "%.3f", row->x_first);
    static const char *const state[] = {"yes", "WRONG", "skipped", "FAILED"};
    table_cell(t, "%s", state[row->state]);
}

static void print_table(const bench_session *s, FILE *out) {
    static const char *const heading[] = {"op",  "pass", "dtype",     "shape",  "device",  "ms",
                                          "iqr", "GB/s", "roof GB/s", "x roof", "x first", "verified"};
    table t = table_new("lllllrrrrrrl");
    for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++) table_cell(&t, "%s", heading[i]);
    for (size_t i = 0; i < s->results.count; i++) print_row(&t, &s->results.row[i]);
    table_print(&t, out, 0);
    table_free(&t);
}

/* Each reason once, though it be that of many rows. */
static void print_reasons(const bench_session *s, FILE *out) {
    for (size_t i = 0; i < s->results.count; i++) {
        const bench_row *row = &s->results.row[i];
        int seen = row->state == BENCH_MEASURED;
        for (size_t k = 0; k < i && !seen; k++)
            seen = s->results.row[k].lane == row->lane && strcmp(s->results.row[k].reason, row->reason) == 0;
        if (seen) continue;
        static const char *const verb[] = {"", "gave a WRONG RESULT", "was skipped", "FAILED"};
        fprintf(out, "\n%s %s at %s %s %s %s: %s\n", row->lane->info.selector, verb[row->state], row->what->op_text,
                bench_pass_name(row->what->pass), program_dtype(row->what->dtype), row->what->shape->text, row->reason);
    }
}

/* A picture of a small tensor's launch cost would mislead, and so would one of a wrong result. */
static int has_bar(const bench_row *row) {
    ramp_roof which;
    return row->state == BENCH_MEASURED && bench_roof(row, &which) != NULL && bench_bytes(row->what) >= (UINT64_C(1) << 20);
}

/* What share of the roof's speed each row reaches. The bar has room for a little more than all of it: a kernel may beat a copy. */
static void print_bars(const bench_session *s, FILE *out) {
    enum { full = 40, most = 44 };
    const bench_case *heading = NULL;
    for (size_t i = 0; i < s->results.count; i++) {
        const bench_row *row = &s->results.row[i];
        const bench_case *c = row->what;
        ramp_roof which;
        if (!has_bar(row)) continue;
        if (heading == NULL) fputs("\nSpeed as a share of the roof (the bar's | is the roof, 100 %)\n", out);
        if (c != heading) fprintf(out, "%s %s %s %s\n", c->op_text, bench_pass_name(c->pass), program_dtype(c->dtype), c->shape->text);
        heading = c;
        double share = bench_roof(row, &which)->median / row->ms[bench_op].median;
        char bar[most + 1];
        for (int k = 0; k < most; k++) bar[k] = k < share * full - 0.5 ? '#' : k < full ? '.' : ' ';
        bar[most] = '\0';
        fprintf(out, "  %-10s %.*s|%s %5.1f %%\n", row->lane->info.selector, (int)full, bar, bar + full, share * 100);
    }
}

void report_text(const bench_session *s, FILE *out) {
    if (!s->quiet) print_header(s, out);
    print_table(s, out);
    if (s->quiet) return;
    print_reasons(s, out);
    fputs(
        "\nbytes: forward n * size * 2 (1 read, 1 write), backward n * size * 3 (2 reads, 1 write); GB/s = bytes / median ms / 10^6.\n"
        "roof: forward the faster of the vendor's copy and a copy kernel, backward an add kernel (2 reads, 1 write), on the same buffers\n"
        "in the same rounds. x roof, x first: this time over the roof's, over the first device's. iqr: (p75 - p25) / median.\n",
        out);
    print_bars(s, out);
}

void report_choices(FILE *out) {
    ramp_device_info *list;
    size_t count;
    fputs("--backend\n", out);
    if (program_devices(NULL, &list, &count) != RAMP_OK) {
        fprintf(out, "  %s\n", ramp_last_error());
        count = 0;
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].status == RAMP_OK)
            fprintf(out, "  %-10s %s\n", list[i].selector, list[i].name);
        else
            fprintf(out, "  %-10s not ready: %s\n", list[i].selector, list[i].reason);
    fputs("--op\n", out);
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        char text[128];
        if (ramp_op_describe(i, &info) != RAMP_OK) continue;
        ramp_op op = ramp_op_default(info.id);
        if (ramp_op_format(&op, text, sizeof text) == RAMP_OK) fprintf(out, "  %-18s %s\n", text, info.definition);
    }
    free(list);
    fputs("--pass\n  forward\n  backward\n--dtype\n  f32\n  f64\n  f16\n  bf16\n", out);
}
