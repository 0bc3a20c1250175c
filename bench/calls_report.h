/* calls_report.h: what the samples come to: rows, each with what it is held against, its bar and the verdict. */
#ifndef BENCH_CALLS_REPORT_H
#define BENCH_CALLS_REPORT_H

#include "calls_child.h"

typedef struct calls_row {
    const calls_lane *lane;
    calls_part part;
    char what[64];
    int threads;
    const char *unit; /* "ns", "us", "ms", "" */
    bench_stats value;
    const char *against; /* "bare"; NULL: nothing */
    bench_stats other;   /* in the same unit */
    double bar;          /* of value / other where there is an other, else of value; NaN: none */
} calls_row;

typedef enum calls_verdict { VERDICT_NONE, VERDICT_HELD, VERDICT_MISSED } calls_verdict;

typedef struct calls_rows {
    calls_row *row;
    size_t count;
} calls_rows;

calls_rows calls_rows_of(const calls_lane *lane, size_t lanes, const calls_options *o);
double calls_ratio(const calls_row *row); /* value / other; NaN where there is no other */
calls_verdict calls_judge(const calls_row *row);

typedef struct calls_session {
    calls_lane lane[bench_max_lanes];
    size_t lanes;
    calls_rows rows;
    const calls_options *options;
    char date[32]; /* the host's clock at the start, UTC, ISO 8601 */
} calls_session;

void calls_report_text(const calls_session *s, FILE *out);
void calls_report_json(const calls_session *s, FILE *out);

#endif
