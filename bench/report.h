/* report.h: what was found, for people and for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "record.h"

/* The table, the byte formula and the bars (the table alone where the session is quiet). */
void report_text(const bench_session *s, FILE *out);

/* schema 1; a later version may add fields, never change one. */
void report_json(const bench_session *s, FILE *out);

/* What a case moves, in words: part of the JSON, and of what --compare holds against it. */
#define report_bytes_forward   "n * size * 2"
#define report_bytes_backward  "n * size * 3"
#define report_bytes_mask      "n / 8: written forward; backward in place of n * size"
#define report_bytes_broadcast "(n / shape[0]) * size: forward x, backward dy, in place of n * size"

/* A row each: RFC 4180, and a table in GitHub's form. */
void report_csv(const bench_records *r, FILE *out);
void report_markdown(const bench_records *r, FILE *out);

/* --list */
void report_choices(FILE *out);

#endif
