#include "devices.h"
#include "layout.h"
#include "program.h"
#include "report.h"
#include "table.h"

#include <math.h>
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

static void print_range(FILE *out, const char *what, unsigned low, unsigned high, unsigned most) {
    if (high == 0)
        fprintf(out, ", %s unknown", what);
    else if (low == high)
        fprintf(out, ", %s %u MHz of %u", what, high, most);
    else
        fprintf(out, ", %s %u to %u MHz of %u", what, low, high, most);
}

/* What each device did while it was timed. */
static void print_clocks(const bench_session *s, FILE *out) {
    fputs("\nClocks\n", out);
    for (size_t i = 0; i < s->lanes; i++) {
        const bench_lane *lane = &s->lane[i];
        const bench_clocks *c = &lane->clocks;
        char held[128];
        fprintf(out, "  %-10s ", lane->info.selector);
        if (lane->up_gbs > 0) fprintf(out, "link %.1f GB/s up, %.1f GB/s down; ", lane->up_gbs, lane->down_gbs);
        if (lane->check.calls > 0)
            fprintf(out, "device %.2f ms, host %.2f ms for %d calls", lane->check.device_ms, lane->check.host_ms, lane->check.calls);
        else
            fputs("not held against the host's", out);
        if (c->samples == 0) {
            fprintf(out, "; frequencies and throttling unknown (%s)\n", c->unknown[0] != '\0' ? c->unknown : "nothing was timed");
            continue;
        }
        print_range(out, "cores", c->sm_low, c->sm_high, c->sm_most);
        print_range(out, "memory", c->memory_low, c->memory_high, c->memory_most);
        fprintf(out, ", held back: %s", clocks_held_back(c, held)[0] != '\0' ? held : "no");
        if (isfinite(c->theory_gbs)) fprintf(out, "; in theory its memory gives %.0f GB/s", c->theory_gbs);
        fputc('\n', out);
    }
}

/* Whether every row is dense, with the input saved: then nobody need be told. */
static int all_default(const bench_session *s) {
    size_t i = 0;
    while (i < s->results.count && bench_variation(s->results.row[i].what).is_default) i++;
    return i == s->results.count;
}

static int has_host_rows(const bench_session *s) {
    size_t i = 0;
    while (i < s->results.count && s->results.row[i].what->memory == MEMORY_DEVICE) i++;
    return i < s->results.count;
}

static void print_row(table *t, const bench_row *row, int is_plain) {
    const bench_stats *op = &row->ms[bench_op];
    ramp_roof which;
    double bytes = (double)bench_bytes(row->what), roof_ms = bench_roof_ms(row, &which);
    table_cell(t, "%s", row->what->op_text);
    table_cell(t, "%s", bench_pass_names[row->what->pass]);
    table_cell(t, "%s", program_dtype(row->what->dtype));
    table_cell(t, "%s", row->what->shape->text);
    if (!is_plain) {
        table_cell(t, "%s", bench_variation(row->what).saved);
        table_cell(t, "%s", bench_variation(row->what).layout);
        table_cell(t, "%s", bench_variation(row->what).cache);
        table_cell(t, "%s", bench_variation(row->what).memory);
    }
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
    static const char *const heading[] = {"op",     "pass", "dtype", "shape", "saved",     "layout", "cache",   "memory",
                                          "device", "ms",   "iqr",   "GB/s",  "roof GB/s", "x roof", "x first", "verified"};
    int is_plain = all_default(s);
    table t = table_new(is_plain ? "lllllrrrrrrl" : "lllllllllrrrrrrl");
    for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++)
        if (!is_plain || (i < 4 || i > 7)) table_cell(&t, "%s", heading[i]);
    for (size_t i = 0; i < s->results.count; i++) print_row(&t, &s->results.row[i], is_plain);
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
        char text[384];
        fprintf(out, "\n%s %s at %s: %s\n", row->lane->info.selector, verb[row->state], bench_case_text(row->what, text), row->reason);
    }
}

/* A picture of a small tensor's launch cost would mislead, and so would one of a wrong result. */
static int has_bar(const bench_row *row) {
    ramp_roof which;
    return row->state == BENCH_MEASURED && !isnan(bench_roof_ms(row, &which)) && bench_bytes(row->what) >= (UINT64_C(1) << 20);
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
        char text[384];
        if (c != heading) fprintf(out, "%s\n", bench_case_text(c, text));
        heading = c;
        double share = bench_roof_ms(row, &which) / row->ms[bench_op].median;
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
    if (!all_default(s))
        fputs("A mask is n / 8 bytes: forward one more write, backward a read in place of n * size. broadcast reads n / (first size) "
              "elements of x, or dy.\n"
              "The roof of a row is the time that its bytes take at the rate of the copy, or of the add where there are nearly three "
              "tensors.\n",
              out);
    if (has_host_rows(s))
        fputs("pinned, pageable: arrays in the host's memory, page-locked and malloc's, from end to end by the host's clock. Their roof is "
              "the link to the device,\n"
              "at the best rates that plain copies of the arrays reached, both ways at once: 1 / (x roof) is the share of it.\n",
              out);
    print_clocks(s, out);
    print_bars(s, out);
}

void report_choices(FILE *out) {
    devices_print(out);
    fputs("--op\n", out);
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        char text[128];
        if (ramp_op_describe(i, &info) != RAMP_OK) continue;
        ramp_op op = ramp_op_default(info.id);
        if (ramp_op_format(&op, text, sizeof text) == RAMP_OK) fprintf(out, "  %-18s %s\n", text, info.definition);
    }
    fputs("--pass\n  forward\n  backward\n--dtype\n  f32\n  f64\n  f16\n  bf16\n--saved\n  input\n  output\n  mask\n--layout\n", out);
    for (int layout = 0; layout < bench_layouts; layout++) fprintf(out, "  %s\n", layout_names[layout]);
}
