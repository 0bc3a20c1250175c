#include "json.h"

#include <math.h>

/* How many bytes the UTF-8 character at `s` has; 0 if it is not well formed. Drivers' names come in any encoding. */
static int utf8_length(const unsigned char *s) {
    static const struct {
        unsigned char first, last, second_first, second_last, bytes;
    } forms[] = {{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                 {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        if (s[0] < forms[f].first || s[0] > forms[f].last) continue;
        if (forms[f].bytes == 1) return 1;
        if (s[1] < forms[f].second_first || s[1] > forms[f].second_last) return 0;
        for (int i = 2; i < forms[f].bytes; i++)
            if (s[i] < 0x80 || s[i] > 0xbf) return 0;
        return forms[f].bytes;
    }
    return 0;
}

static void write_string(FILE *out, const char *value) {
    putc('"', out);
    for (const unsigned char *s = (const unsigned char *)value; *s != '\0';) {
        int length = utf8_length(s);
        if (length == 0) {
            fputs("\\ufffd", out);
            s++;
        } else if (length > 1) {
            fwrite(s, 1, (size_t)length, out);
            s += length;
        } else {
            if (*s == '"' || *s == '\\')
                fprintf(out, "\\%c", *s);
            else if (*s == '\n')
                fputs("\\n", out);
            else if (*s == '\t')
                fputs("\\t", out);
            else if (*s < 0x20 || *s == 0x7f)
                fprintf(out, "\\u%04x", *s);
            else
                putc(*s, out);
            s++;
        }
    }
    putc('"', out);
}

static void break_line(json *j, int depth) {
    if (depth > 2) return;
    putc('\n', j->out);
    for (int i = 0; i < depth; i++) fputs("  ", j->out);
}

/* All that stands before a value. */
static void lead_in(json *j, const char *key) {
    if (j->filled) fputs(j->depth > 2 ? ", " : ",", j->out);
    if (j->depth > 0) break_line(j, j->depth);
    if (key != NULL) {
        write_string(j->out, key);
        fputs(": ", j->out);
    }
    j->filled = 1;
}

void json_open(json *j, const char *key, char bracket) {
    lead_in(j, key);
    putc(bracket, j->out);
    j->depth++;
    j->filled = 0;
}

void json_close(json *j, char bracket) {
    j->depth--;
    if (j->filled && j->depth < 2) break_line(j, j->depth);
    putc(bracket, j->out);
    if (j->depth == 0) putc('\n', j->out);
    j->filled = 1;
}

void json_text(json *j, const char *key, const char *value) {
    lead_in(j, key);
    if (value == NULL)
        fputs("null", j->out);
    else
        write_string(j->out, value);
}

/* The programs never call setlocale, so printf speaks the C locale. */
void json_number(json *j, const char *key, int digits, double value) {
    lead_in(j, key);
    if (isfinite(value))
        fprintf(j->out, "%.*g", digits, value);
    else
        fputs("null", j->out);
}

void json_count(json *j, const char *key, uint64_t value) {
    lead_in(j, key);
    fprintf(j->out, "%llu", (unsigned long long)value);
}

void json_flag(json *j, const char *key, int value) {
    lead_in(j, key);
    fputs(value ? "true" : "false", j->out);
}
