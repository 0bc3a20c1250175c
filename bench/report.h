/* report.h: what was found, for people and for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench.h"

/* The table, the byte formula and the bars (the table alone where the session is quiet). */
void report_text(const bench_session *s, FILE *out);

/* schema 1; a later version may add fields, never change one. */
void report_json(const bench_session *s, FILE *out);

/* --list */
void report_choices(FILE *out);

#endif
