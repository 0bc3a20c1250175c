#include "json_read.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { deepest = 64 };

typedef struct reader {
    const char *begin, *at;
    const char *fault; /* NULL: none yet */
} reader;

static void skip_space(reader *r) { r->at += strspn(r->at, " \t\r\n"); }

static int fail(reader *r, const char *fault) {
    if (r->fault == NULL) r->fault = fault;
    return 0;
}

static int take(reader *r, char c) {
    skip_space(r);
    if (*r->at != c) return 0;
    r->at++;
    return 1;
}

static size_t put_utf8(char *to, unsigned code) {
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3f));
    to[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* Four hexadecimal digits; halves of a pair of surrogates come out as U+FFFD each. */
static int read_code(reader *r, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *found = *r->at != '\0' ? strchr(digits, *r->at) : NULL;
        if (found == NULL) return fail(r, "\\u is followed by four hexadecimal digits");
        *code = *code * 16 + (unsigned)(found - digits) % 16;
        r->at++;
    }
    if (*code >= 0xd800 && *code < 0xe000) *code = 0xfffd;
    return *code != 0 || fail(r, "a string holds \\u0000");
}

static int read_escape(reader *r, char *to, size_t *used) {
    static const char letter[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    const char *found = *r->at != '\0' ? strchr(letter, *r->at) : NULL;
    unsigned code;
    if (found != NULL) {
        to[(*used)++] = meaning[found - letter];
        r->at++;
        return 1;
    }
    if (*r->at != 'u') return fail(r, "no such escape in a string");
    r->at++;
    if (!read_code(r, &code)) return 0;
    *used += put_utf8(to + *used, code);
    return 1;
}

/* What follows the opening quote. */
static char *read_string(reader *r) {
    size_t used = 0;
    char *text = program_resize(NULL, strcspn(r->at, "\"") + 1, 1); /* an escape is longer than what it stands for, but for \" */
    size_t room = strcspn(r->at, "\"");
    while (*r->at != '"' && r->fault == NULL) {
        if (used + 4 > room) text = program_resize(text, room = 2 * room + 16, 1);
        if ((unsigned char)*r->at < 0x20)
            (void)fail(r, *r->at == '\0' ? "a string has no end" : "a control character in a string");
        else if (*r->at != '\\')
            text[used++] = *r->at++;
        else {
            r->at++;
            (void)read_escape(r, text, &used);
        }
    }
    if (r->fault != NULL) {
        free(text);
        return NULL;
    }
    r->at++;
    text = program_resize(text, used + 1, 1);
    text[used] = '\0';
    return text;
}

static int read_number(reader *r, json_value *v) {
    const char *from = r->at;
    char *end;
    if (strspn(from, "-0123456789") == 0 || (from[0] == '-' && strspn(from + 1, "0123456789") == 0)) return fail(r, "a value was expected");
    if (strspn(from, "-0123456789.eE+") < strspn(from, "-0123456789.eE+xXpPabcdfABCDF")) return fail(r, "this is no number");
    v->kind = JSON_NUMBER;
    v->number = strtod(from, &end);
    r->at = end;
    return 1;
}

static int read_value(reader *r, json_value *v, int depth);

static int read_members(reader *r, json_value *v, char close, int depth) {
    json_value **last = &v->first;
    if (take(r, close)) return 1;
    do {
        json_value *child = program_resize(NULL, 1, sizeof *child);
        *child = (json_value){.kind = JSON_NULL};
        *last = child;
        last = &child->next;
        if (v->kind == JSON_OBJECT) {
            if (!take(r, '"')) return fail(r, "a name in quotes was expected");
            child->key = read_string(r);
            if (child->key == NULL) return 0;
            if (!take(r, ':')) return fail(r, "a colon was expected");
        }
        if (!read_value(r, child, depth + 1)) return 0;
    } while (take(r, ','));
    return take(r, close) || fail(r, close == '}' ? "a comma or } was expected" : "a comma or ] was expected");
}

static int read_word(reader *r, json_value *v) {
    static const char *const word[] = {"null", "false", "true"};
    for (int i = 0; i < 3; i++) {
        if (strncmp(r->at, word[i], strlen(word[i])) != 0) continue;
        r->at += strlen(word[i]);
        v->kind = (json_kind)i;
        return 1;
    }
    return 0;
}

static int read_value(reader *r, json_value *v, int depth) {
    if (depth > deepest) return fail(r, "nested too deep");
    skip_space(r);
    if (take(r, '{')) {
        v->kind = JSON_OBJECT;
        return read_members(r, v, '}', depth);
    }
    if (take(r, '[')) {
        v->kind = JSON_ARRAY;
        return read_members(r, v, ']', depth);
    }
    if (take(r, '"')) {
        v->kind = JSON_STRING;
        v->text = read_string(r);
        return v->text != NULL;
    }
    return read_word(r, v) || read_number(r, v);
}

json_value *json_parse(const char *text, char fault[128]) {
    reader r = {.begin = text, .at = text};
    json_value *v = program_resize(NULL, 1, sizeof *v);
    *v = (json_value){.kind = JSON_NULL};
    if (read_value(&r, v, 0)) {
        skip_space(&r);
        if (*r.at == '\0') return v;
        (void)fail(&r, "something follows the end");
    }
    snprintf(fault, 128, "byte %zu: %s", (size_t)(r.at - r.begin), r.fault != NULL ? r.fault : "it is no JSON");
    json_free(v);
    return NULL;
}

void json_free(json_value *v) {
    while (v != NULL) {
        json_value *next = v->next;
        json_free(v->first);
        free(v->text);
        free(v->key);
        free(v);
        v = next;
    }
}

const json_value *json_find(const json_value *object, const char *key) {
    if (object == NULL || object->kind != JSON_OBJECT) return NULL;
    for (const json_value *v = object->first; v != NULL; v = v->next)
        if (strcmp(v->key, key) == 0) return v;
    return NULL;
}

const char *json_find_text(const json_value *object, const char *key, const char *none) {
    const json_value *v = json_find(object, key);
    return v != NULL && v->kind == JSON_STRING ? v->text : none;
}

double json_find_number(const json_value *object, const char *key, double none) {
    const json_value *v = json_find(object, key);
    return v != NULL && v->kind == JSON_NUMBER ? v->number : none;
}
