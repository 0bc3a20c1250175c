/* json.h: a writer of JSON. It keeps the commas, the nesting and the escapes right; the caller keeps objects and arrays paired. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdint.h>
#include <stdio.h>

typedef struct json {
    FILE *out;
    int depth;
    int filled; /* the innermost object or array has a member already */
} json;

/* `key` is NULL inside an array, and for the outermost value. What is nested twice or deeper stays on one line: one line a row. */
void json_open(json *j, const char *key, char bracket);               /* '{' or '[' */
void json_close(json *j, char bracket);                               /* '}' or ']' */
void json_text(json *j, const char *key, const char *value);          /* NULL is null; bytes that are not UTF-8 become U+FFFD */
void json_number(json *j, const char *key, int digits, double value); /* significant digits; infinity and NaN are null */
void json_count(json *j, const char *key, uint64_t value);
void json_flag(json *j, const char *key, int value);

#endif
