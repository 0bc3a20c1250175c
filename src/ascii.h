/* ascii.h: comparisons without regard to the case of ASCII letters, whatever the caller's locale (in Turkish an I is no i). */
#ifndef RAMP_ASCII_H
#define RAMP_ASCII_H

#include <stddef.h>
#include <string.h>

static inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static inline int ascii_equal(const char *a, const char *b, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i])) return 0;
    return 1;
}

static inline int ascii_same(const char *a, const char *b) {
    size_t length = strlen(a);
    return length == strlen(b) && ascii_equal(a, b, length);
}

static inline int ascii_contains(const char *text, const char *part) {
    size_t length = strlen(part), size = strlen(text);
    for (size_t i = 0; i + length <= size; i++)
        if (ascii_equal(text + i, part, length)) return 1;
    return 0;
}

#endif
