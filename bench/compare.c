#include "compare.h"
#include "program.h"
#include "table.h"

#include <math.h>
#include <string.h>

compare_verdict compare_rows(const bench_record *before, const bench_record *now, double tolerance, compare_ratio *ratio) {
    *ratio = (compare_ratio){now->ms / before->ms, now->ms_low / before->ms_high, now->ms_high / before->ms_low};
    if (!isfinite(ratio->low) || !isfinite(ratio->high)) return COMPARE_UNCLEAR;
    if (ratio->low > 1 + tolerance) return COMPARE_SLOWER;
    return ratio->high < 1 / (1 + tolerance) ? COMPARE_FASTER : COMPARE_SAME;
}

static const bench_record *find(const bench_records *r, const bench_record *like) {
    for (size_t i = 0; i < r->count; i++)
        if (r->row[i].is_verified && record_is_same_work(&r->row[i], like) && strcmp(r->row[i].shape, like->shape) == 0 &&
            strcmp(r->row[i].device, like->device) == 0)
            return &r->row[i];
    return NULL;
}

/* ---- What makes two runs no equals ---- */

static void warn_clock(FILE *out, const char *selector, const char *what, double before, double now) {
    if (isnan(before) && isnan(now)) return;
    if (isnan(before) || isnan(now))
        fprintf(out, "Warning: %s: the %s clock is known of one run only\n", selector, what);
    else if (fabs(before - now) > 0.02 * before)
        fprintf(out, "Warning: %s: another %s clock: %.0f MHz then, %.0f MHz now\n", selector, what, before, now);
}

static void warn_text(FILE *out, const char *selector, const char *what, const char *before, const char *now) {
    if (strcmp(before, now) != 0) fprintf(out, "Warning: %s: another %s: '%s' then, '%s' now\n", selector, what, before, now);
}

static void warn(const bench_records *before, const bench_records *now, FILE *out) {
    if (strcmp(before->formulas, now->formulas) != 0)
        fprintf(out, "Warning: other formulas: '%s' then, '%s' now: the work is not the same\n", before->formulas, now->formulas);
    if (before->host_cpus != now->host_cpus)
        fprintf(out, "Warning: another host: %.0f processors then, %.0f now\n", before->host_cpus, now->host_cpus);
    for (size_t i = 0; i < now->machines; i++) {
        const bench_machine *m = &now->machine[i], *b = records_machine(before, m->selector);
        if (b == NULL) continue;
        warn_text(out, m->selector, "device", b->name, m->name);
        warn_text(out, m->selector, "driver", b->driver, m->driver);
        warn_text(out, m->selector, "reason to be held back", b->held_back, m->held_back);
        warn_clock(out, m->selector, "core", b->core_mhz, m->core_mhz);
        warn_clock(out, m->selector, "memory", b->memory_mhz, m->memory_mhz);
    }
}

/* ---- The table ---- */

static size_t missing(const bench_records *from, const bench_records *in, const char *when, FILE *out) {
    size_t count = 0;
    char text[384];
    for (size_t i = 0; i < from->count; i++) {
        if (!from->row[i].is_verified || find(in, &from->row[i]) != NULL) continue;
        if (count++ == 0) fprintf(out, "Only %s: %s\n", when, record_text(&from->row[i], text));
    }
    if (count > 1) fprintf(out, "  and %zu more\n", count - 1);
    return count;
}

static void add_row(table *t, const bench_record *before, const bench_record *now, compare_verdict verdict, const compare_ratio *ratio) {
    static const char *const word[] = {"same", "faster", "SLOWER", "unclear"};
    char text[384];
    table_cell(t, "%s", record_text(now, text));
    table_cell(t, "%.5g", before->ms);
    table_cell(t, "%.5g", now->ms);
    table_cell(t, "%.3f", ratio->median);
    if (verdict == COMPARE_UNCLEAR)
        table_cell(t, "-");
    else
        table_cell(t, "%.3f to %.3f", ratio->low, ratio->high);
    table_cell(t, "%s", word[verdict]);
}

int compare_print(const bench_records *before, const bench_records *now, double tolerance, FILE *out, size_t *slower) {
    static const char *const heading[] = {"what", "ms then", "ms now", "ratio", "95 % interval", "verdict"};
    size_t rows = 0, verdicts[compare_verdicts] = {0};
    table t = table_new("lrrrrl");
    for (size_t i = 0; i < sizeof heading / sizeof heading[0]; i++) table_cell(&t, "%s", heading[i]);
    for (size_t i = 0; i < now->count; i++) {
        const bench_record *b = find(before, &now->row[i]);
        compare_ratio ratio;
        if (b == NULL || !now->row[i].is_verified) continue;
        const compare_verdict verdict = compare_rows(b, &now->row[i], tolerance, &ratio);
        verdicts[verdict]++;
        rows++;
        add_row(&t, b, &now->row[i], verdict, &ratio);
    }
    *slower = verdicts[COMPARE_SLOWER];
    if (rows > 0) {
        fprintf(out, "\n%s (%s), against %s (%s)\n\n", now->source, now->date, before->source, before->date);
        table_print(&t, out, 0);
        fprintf(out,
                "\n%zu slower, %zu faster, %zu the same, %zu unclear (fewer than 6 rounds have no interval). Slower or faster: the whole "
                "interval of the"
                " ratio is more than %g %% past 1.\n",
                verdicts[COMPARE_SLOWER], verdicts[COMPARE_FASTER], verdicts[COMPARE_SAME], verdicts[COMPARE_UNCLEAR], tolerance * 100);
        fputs("The intervals are of the rounds of one process each; what differs from process to process they do not know.\n", out);
        warn(before, now, out);
        missing(before, now, "then", out);
        missing(now, before, "now", out);
    }
    table_free(&t);
    if (rows > 0) return -1;
    return program_usage(
        "--compare %s: no row of it is of the same op, pass, dtype, shape, saved kind, layout, caches and device as one of %s",
        before->source, now->source);
}
