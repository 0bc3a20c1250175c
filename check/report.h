/* report.h: what was found, for people and for programs. */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include "session.h"

/* The heading; each group of rows (an entry of --op, in one dtype and pass) as soon as it is complete, rows `from` to `to` - 1; the last
 * lines. */
void report_begin(const check_session *s, FILE *out);
void report_group(const check_session *s, size_t from, size_t to, FILE *out);
void report_end(const check_session *s, FILE *out);

/* schema 1; a later version may add fields, never change one. */
void report_json(const check_session *s, FILE *out);

/* --list */
void report_choices(FILE *out);

#endif
