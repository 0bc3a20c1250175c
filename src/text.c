/* text.c: an op as text, "hardtanh:-1,1": the grammar that the tools and their users share. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* strtod_l: numbers must not depend on the caller's locale */
#endif
#include "ascii.h"
#include "environment.h"
#include "op.h"

#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { name_capacity = 32, number_capacity = 64 };

static int is_word(const char *words, const char *text, size_t length) {
    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        if (size == length && ascii_equal(words, text, length)) return 1;
        words += size + strspn(words + size, " ");
    }
    return 0;
}

typedef enum number_kind { NUMBER_GOOD, NUMBER_NONE, NUMBER_TOO_LARGE, NUMBER_TOO_SMALL } number_kind;

/* strtod in the C locale, of exactly `length` characters, however many: what follows them is a comma or the end, and of no number. */
static number_kind parse_number(const char *text, size_t length, double *value) {
    if (length == 0 || strchr(" \t\n\v\f\r", text[0]) != NULL) return NUMBER_NONE;
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (c_locale == (locale_t)0) return NUMBER_NONE;
    char *end;
    int rounding = fegetround(), error = errno; /* the caller's must not move the last digit */
    fesetround(FE_TONEAREST);
    errno = 0;
    *value = strtod_l(text, &end, c_locale);
    const int is_out = errno == ERANGE;
    errno = error;
    fesetround(rounding);
    freelocale(c_locale);
    if (end != text + length) return NUMBER_NONE;
    if (is_out && isinf(*value)) return NUMBER_TOO_LARGE;
    return is_out && *value == 0.0 ? NUMBER_TOO_SMALL : NUMBER_GOOD;
}

static ramp_status refuse_number(const ramp_op_info *info, number_kind kind, const char *text, size_t length) {
    static const char *const fault[] = {
        [NUMBER_NONE] = "is not a number; write for example -1, 0.5, 1e3 or inf",
        [NUMBER_TOO_LARGE] = "is too large for a double; write inf for infinity",
        [NUMBER_TOO_SMALL] = "is too small for a double; write 0 for zero",
    };
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: '%.*s%s' %s", info->name, (int)(length < 64 ? length : 64), text,
                          length < 64 ? "" : "...", fault[kind]);
}

/* Every op's name in one line, for errors. */
static const char *op_names(char *text, size_t capacity) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        ramp_op_describe(i, &info);
        int wrote = snprintf(text + used, capacity - used, "%s%s", i > 0 ? ", " : "", info.name);
        if (wrote < 0 || (size_t)wrote >= capacity - used) break;
        used += (size_t)wrote;
    }
    return text;
}

/* What was given is no parameter of the op. */
static ramp_status refuse_param(const ramp_op_info *info, const char *text, size_t length) {
    char names[RAMP_MAX_PARAMS * name_capacity];
    size_t used = 0;
    names[0] = '\0';
    for (uint32_t i = 0; i < info->param_count && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? " and " : "", info->param[i].name);
    int shown = (int)(length < 64 ? length : 64);
    if (info->param_count == 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has no parameters, and '%.*s' was given", info->name, shown, text);
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s has no parameter for '%.*s': it has %s%s%s", info->name, shown, text,
                          info->param_count == 1 ? "one, " : "", names, info->id == RAMP_HARDSIGMOID ? " (or alpha and beta)" : "");
}

/* What the text has given so far. */
typedef struct given {
    uint32_t next, seen; /* the parameter that a bare number is; a bit for each that has its value */
    double form[2];      /* alpha and beta of hardsigmoid, another form of its knees */
    int has_form[2];
} given;

/* One "value" or "name=value". */
static ramp_status parse_param(const ramp_op_info *info, const char *text, size_t length, given *g, ramp_op *op) {
    const char *equals = memchr(text, '=', length);
    const char *number = equals != NULL ? equals + 1 : text;
    size_t name_length = equals != NULL ? (size_t)(equals - text) : 0;
    double value;
    const size_t digits = length - (size_t)(number - text);
    number_kind kind = parse_number(number, digits, &value);
    if (kind != NUMBER_GOOD) return refuse_number(info, kind, number, digits);
    if (equals != NULL) {
        static const char *const form_name[2] = {"alpha", "beta"};
        for (int i = 0; i < 2; i++)
            if (info->id == RAMP_HARDSIGMOID && is_word(form_name[i], text, name_length)) {
                if (g->has_form[i]) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: %s is given twice", info->name, form_name[i]);
                g->has_form[i] = 1;
                g->form[i] = value;
                return RAMP_OK;
            }
        for (g->next = 0; g->next < info->param_count; g->next++)
            if (is_word(info->param[g->next].name, text, name_length)) break;
    }
    if (g->next >= info->param_count) return refuse_param(info, text, length);
    if (g->seen >> g->next & 1u) return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: %s is given twice", info->name, info->param[g->next].name);
    g->seen |= 1u << g->next;
    op->param[g->next++] = value;
    return RAMP_OK;
}

static ramp_status parse_params(const ramp_op_info *info, const char *text, ramp_op *op) {
    given g = {0, 0, {0.0, 0.0}, {0, 0}};
    for (;;) {
        size_t length = strcspn(text, ",");
        ramp_status status = parse_param(info, text, length, &g, op);
        if (status != RAMP_OK) return status;
        if (text[length] == '\0') break;
        text += length + 1;
    }
    if (!g.has_form[0] && !g.has_form[1]) return RAMP_OK;
    if (g.seen != 0 || !g.has_form[0] || !g.has_form[1])
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "%s: give alpha and beta, or lo and hi, not a mixture", info->name);
    return ramp_op_hardsigmoid(g.form[0], g.form[1], op);
}

static ramp_status parse(const char *text, ramp_op *op) {
    size_t length = strcspn(text, ":");
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        ramp_op_describe(i, &info);
        if (!is_word(info.name, text, length) && !is_word(info.aliases, text, length)) continue;
        ramp_op parsed = ramp_op_default(info.id);
        double param[RAMP_MAX_PARAMS];
        ramp_status status = text[length] == ':' ? parse_params(&info, text + length + 1, &parsed) : RAMP_OK;
        if (status == RAMP_OK) status = op_resolve(&parsed, (ramp_dtype)0, param);
        if (status == RAMP_OK) *op = parsed;
        return status;
    }
    char names[512];
    return ramp_error_set(RAMP_ERROR_ARGUMENT, "there is no op '%.*s'; there are %s", (int)(length < 64 ? length : 64), text,
                          op_names(names, sizeof names));
}

/* Numbers are read and compared in the library's own floating-point environment, as everywhere. */
ramp_status ramp_op_parse(const char *text, ramp_op *op) {
    if (text == NULL || op == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_op_parse: %s is NULL", text == NULL ? "text" : "op");
    float_environment before = float_environment_enter();
    ramp_status status = parse(text, op);
    float_environment_leave(before);
    return status;
}

/* The shortest decimal form that reads back as the same number, in the C locale: 20 rather than 2e+01. */
static void format_number(double value, char *text) {
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = (locale_t)0;
    if (c_locale != (locale_t)0) before = uselocale(c_locale);
    int rounding = fegetround();
    fesetround(FE_TONEAREST);
    text[0] = '\0';
    for (int digits = 1; digits <= 17 && (text[0] == '\0' || strchr(text, 'e') != NULL); digits++) {
        char form[number_capacity];
        double back;
        snprintf(form, sizeof form, "%.*g", digits, value);
        if (parse_number(form, strlen(form), &back) != NUMBER_GOOD || back != value) continue;
        if (text[0] == '\0' || strlen(form) < strlen(text)) strcpy(text, form);
    }
    fesetround(rounding);
    if (c_locale == (locale_t)0) return;
    uselocale(before);
    freelocale(c_locale);
}

static ramp_status format(const ramp_op *op, char *text, size_t capacity) {
    double param[RAMP_MAX_PARAMS];
    ramp_status status = op_resolve(op, (ramp_dtype)0, param);
    if (status != RAMP_OK) return status;
    ramp_op_info info;
    ramp_op_describe((size_t)op->id - 1, &info);
    char whole[name_capacity + RAMP_MAX_PARAMS * (number_capacity + 1)];
    size_t used = (size_t)snprintf(whole, sizeof whole, "%s", info.name);
    for (uint32_t i = 0; i < info.param_count; i++) {
        char number[number_capacity];
        format_number(param[i], number);
        used += (size_t)snprintf(whole + used, sizeof whole - used, "%c%s", i == 0 ? ':' : ',', number);
    }
    if (used >= capacity)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_op_format: capacity is %zu, and '%s' needs %zu", capacity, whole, used + 1);
    memcpy(text, whole, used + 1);
    return RAMP_OK;
}

ramp_status ramp_op_format(const ramp_op *op, char *text, size_t capacity) {
    if (op == NULL || text == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_op_format: %s is NULL", op == NULL ? "op" : "text");
    float_environment before = float_environment_enter();
    ramp_status status = format(op, text, capacity);
    float_environment_leave(before);
    return status;
}
