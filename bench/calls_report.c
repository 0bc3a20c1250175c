#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* _SC_NPROCESSORS_ONLN */
#endif
#include "calls_report.h"
#include "calls_parts.h"
#include "devices.h"
#include "program.h"
#include "table.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char *const verdict_words[] = {"", "held", "MISSED"};

static void number_cell(table *t, double value, const char *unit) {
    if (isnan(value))
        table_cell(t, "%s", "");
    else
        table_cell(t,
                   value >= 1000 || *unit == '\0' ? "%.0f%s%s"
                   : value >= 10                  ? "%.1f%s%s"
                                                  : "%.4g%s%s",
                   value, *unit != '\0' ? " " : "", unit);
}

static void print_row(table *t, const calls_row *row) {
    const double ratio = calls_ratio(row);
    table_cell(t, "%s", row->lane->info.selector);
    table_cell(t, "%s", row->what);
    table_cell(t, "%d", row->threads);
    number_cell(t, row->value.median, row->unit);
    table_cell(t, "%s", row->against != NULL ? row->against : "");
    number_cell(t, row->against != NULL ? row->other.median : NAN, row->unit);
    number_cell(t, ratio, "x");
    if (row->against != NULL && !isnan(row->bar))
        table_cell(t, "%.1f x", row->bar);
    else
        number_cell(t, row->bar, row->unit);
    table_cell(t, "%s", verdict_words[calls_judge(row)]);
}

/* What a call does in the driver: "clSetKernelArg 8, clEnqueueNDRangeKernel 1". */
static void print_functions(const calls_lane *lane, const char *pass, int threads, FILE *out) {
    char head[32], name[64];
    int printed = 0;
    snprintf(head, sizeof head, "%s call ", pass);
    for (size_t i = 0; i < lane->kinds; i++) {
        if (strncmp(lane->samples[i].name, head, strlen(head)) != 0) continue;
        if (printed == 0) fprintf(out, "%s %s calls of the driver's:", lane->info.selector, pass);
        fprintf(out, "%s %s %.3g", printed++ > 0 ? "," : "", lane->samples[i].name + strlen(head), lane->samples[i].value[0]);
    }
    if (printed == 0) return;
    snprintf(name, sizeof name, "%s %d driver mallocs", pass, threads);
    fprintf(out, "; in which the driver calls malloc %.3g times\n", calls_stats(lane, name).median);
}

static void print_notes(const calls_session *s, FILE *out) {
    fputc('\n', out);
    for (size_t i = 0; i < s->lanes; i++)
        for (int pass = 0; pass < bench_passes; pass++) print_functions(&s->lane[i], bench_pass_names[pass], s->options->threads[0], out);
    for (size_t i = 0; i < s->lanes; i++)
        for (size_t g = 0; g < s->lane[i].gaps; g++) {
            const calls_gap *gap = &s->lane[i].gap[g];
            fprintf(out, "%s %s: %s: %s\n", s->lane[i].info.selector, calls_part_names[gap->part],
                    gap->is_failure ? "FAILED" : "not measured", gap->reason);
        }
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    for (int w = 0; w < s->options->widths; w++)
        if (s->options->threads[w] > processors)
            fprintf(out, "%d threads on %ld processors: they wait for each other, and not for what they call.\n", s->options->threads[w],
                    processors);
    fprintf(
        out,
        "Medians; %s in f32 on %d elements. x: over what stands beside it, on the same kind of queue in the same rounds. ramp-calls --help "
        "says how.\n",
        s->options->op_text, (int)calls_elements);
}

void calls_report_text(const calls_session *s, FILE *out) {
    static const char *const heading[] = {"device", "what", "threads", "median", "against", "median", "x", "bar", "verdict"};
    table t = table_new("llrrlrrrl");
    char identity[calls_identity_size];
    if (!s->options->quiet)
        for (size_t i = 0; i < s->lanes; i++)
            fprintf(out, "%s: %s\n", s->lane[i].info.selector, calls_identity(&s->lane[i].info, identity));
    for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++) table_cell(&t, "%s", heading[i]);
    for (size_t i = 0; i < s->rows.count; i++) print_row(&t, &s->rows.row[i]);
    table_print(&t, out, 0);
    table_free(&t);
    if (!s->options->quiet) print_notes(s, out);
}

/* ---- JSON ---- */

enum { measured_digits = 7 };

static void write_stats(json *j, const char *name, const bench_stats *stats) {
    char key[64];
    const double value[] = {stats->median, stats->p25, stats->p75, stats->low, stats->high};
    static const char *const part[] = {"median", "p25", "p75", "low", "high"};
    for (int i = 0; i < 5; i++) {
        snprintf(key, sizeof key, "%s%s", name, part[i]);
        json_number(j, key, measured_digits, value[i]);
    }
}

static void write_row(json *j, const calls_row *row) {
    const calls_verdict verdict = calls_judge(row);
    json_open(j, NULL, '{');
    json_text(j, "device", row->lane->info.selector);
    json_text(j, "part", calls_part_names[row->part]);
    json_text(j, "what", row->what);
    json_count(j, "threads", (uint64_t)row->threads);
    json_text(j, "unit", row->unit);
    write_stats(j, "", &row->value);
    json_text(j, "against", row->against);
    if (row->against != NULL) write_stats(j, "against_", &row->other);
    json_number(j, "x", measured_digits, calls_ratio(row));
    json_number(j, "bar", measured_digits, row->bar);
    json_text(j, "verdict", verdict == VERDICT_NONE ? NULL : verdict_words[verdict]);
    json_close(j, '}');
}

static void write_lanes(json *j, const calls_session *s) {
    json_open(j, "devices", '[');
    for (size_t i = 0; i < s->lanes; i++) {
        json_open(j, NULL, '{');
        devices_json(j, &s->lane[i].info);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "medians", '[');
    for (size_t i = 0; i < s->lanes; i++)
        for (size_t k = 0; k < s->lane[i].kinds; k++) {
            json_open(j, NULL, '{');
            json_text(j, "device", s->lane[i].info.selector);
            json_text(j, "name", s->lane[i].samples[k].name);
            json_count(j, "samples", s->lane[i].samples[k].count);
            json_number(j, "median", measured_digits, calls_stats(&s->lane[i], s->lane[i].samples[k].name).median);
            json_close(j, '}');
        }
    json_close(j, ']');
    json_open(j, "unmeasured", '[');
    for (size_t i = 0; i < s->lanes; i++)
        for (size_t g = 0; g < s->lane[i].gaps; g++) {
            json_open(j, NULL, '{');
            json_text(j, "device", s->lane[i].info.selector);
            json_text(j, "part", calls_part_names[s->lane[i].gap[g].part]);
            json_flag(j, "failed", s->lane[i].gap[g].is_failure);
            json_text(j, "reason", s->lane[i].gap[g].reason);
            json_close(j, '}');
        }
    json_close(j, ']');
}

void calls_report_json(const calls_session *s, FILE *out) {
    json j = {.out = out};
    json_open(&j, NULL, '{');
    json_count(&j, "schema", 1);
    json_text(&j, "program", "ramp-calls");
    json_text(&j, "version", program_version());
    json_text(&j, "date", s->date);
    json_count(&j, "host_cpus", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    json_text(&j, "op", s->options->op_text);
    json_count(&j, "elements", calls_elements);
    json_count(&j, "calls", (uint64_t)s->options->calls);
    json_count(&j, "reps", (uint64_t)s->options->reps);
    json_count(&j, "starts", (uint64_t)s->options->starts);
    json_open(&j, "results", '[');
    for (size_t i = 0; i < s->rows.count; i++) write_row(&j, &s->rows.row[i]);
    json_close(&j, ']');
    write_lanes(&j, s);
    json_close(&j, '}');
}
