/* report_rows.c: results as rows for other programs: --csv and --markdown. */
#include "report.h"

#include <math.h>
#include <string.h>

/* ---- CSV, as RFC 4180 has it: a heading, and quotes round what holds a comma or a quote ---- */

static void csv_text(FILE *out, const char *text) {
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fprintf(out, "%s,", text);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"') fputc('"', out);
        fputc(*text, out);
    }
    fputs("\",", out);
}

/* What is not known is empty. */
static void csv_number(FILE *out, double value, char end) {
    if (isfinite(value)) fprintf(out, "%.10g", value);
    fputc(end, out);
}

void report_csv(const bench_records *r, FILE *out) {
    fputs("op,pass,saved,layout,cache,memory,dtype,shape,elements,backend,device,device_name,bytes,runs,ms_median,ms_low,ms_high,gbs,roof_"
          "ms,x_"
          "roof,x_copy,x_first,"
          "verified\n",
          out);
    for (size_t i = 0; i < r->count; i++) {
        const bench_record *row = &r->row[i];
        const bench_machine *m = records_machine(r, row->device);
        const char *const text[] = {row->op, row->pass, row->saved, row->layout, row->cache, row->memory, row->dtype, row->shape};
        const double number[] = {row->bytes, row->runs,    row->ms,     row->ms_low, row->ms_high,
                                 row->gbs,   row->roof_ms, row->x_roof, row->x_copy, row->x_first};
        for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) csv_text(out, text[k]);
        csv_number(out, row->elements, ',');
        csv_text(out, row->backend);
        csv_text(out, row->device);
        csv_text(out, m != NULL ? m->name : "");
        for (size_t k = 0; k < sizeof number / sizeof number[0]; k++) csv_number(out, number[k], ',');
        fputs(row->is_verified ? "yes\n" : "no\n", out);
    }
}

/* ---- Markdown ---- */

static void markdown_text(FILE *out, const char *text) {
    fputs("| ", out);
    for (; *text != '\0'; text++) {
        if (*text == '|') fputc('\\', out);
        fputc(*text, out);
    }
    fputc(' ', out);
}

static void markdown_number(FILE *out, const char *format, double value) {
    char text[32] = "-";
    if (isfinite(value)) snprintf(text, sizeof text, format, value);
    fprintf(out, "| %s ", text);
}

void report_markdown(const bench_records *r, FILE *out) {
    fprintf(out, "%s\n\n", r->date);
    for (size_t i = 0; i < r->machines; i++) {
        const bench_machine *m = &r->machine[i];
        fprintf(out, "- `%s`: %s, driver %s", m->selector, m->name, m->driver);
        if (isfinite(m->core_mhz)) fprintf(out, ", cores %.0f MHz, memory %.0f MHz", m->core_mhz, m->memory_mhz);
        if (strcmp(m->held_back, "unknown") != 0) fprintf(out, ", held back: %s", m->held_back[0] != '\0' ? m->held_back : "no");
        if (isfinite(m->theory_gbs)) fprintf(out, ", %.0f GB/s in theory", m->theory_gbs);
        fputc('\n', out);
    }
    fputs("\n| op | pass | dtype | shape | saved | layout | cache | memory | device | ms | 95 % interval | GB/s | roof GB/s | x roof | x "
          "first | "
          "verified |\n"
          "|---|---|---|---|---|---|---|---|---|---:|---:|---:|---:|---:|---:|---|\n",
          out);
    for (size_t i = 0; i < r->count; i++) {
        const bench_record *row = &r->row[i];
        const char *const text[] = {row->op,     row->pass,  row->dtype,  row->shape, row->saved,
                                    row->layout, row->cache, row->memory, row->device};
        for (size_t k = 0; k < sizeof text / sizeof text[0]; k++) markdown_text(out, text[k]);
        markdown_number(out, "%.5g", row->ms);
        if (isfinite(row->ms_low))
            fprintf(out, "| %.5g to %.5g ", row->ms_low, row->ms_high);
        else
            fputs("| - ", out);
        markdown_number(out, "%.1f", row->gbs);
        markdown_number(out, "%.1f", row->bytes / row->roof_ms * 1e-6);
        markdown_number(out, "%.3f", row->x_roof);
        markdown_number(out, "%.3f", row->x_first);
        fputs(row->is_verified ? "| yes |\n" : "| NO |\n", out);
    }
}
