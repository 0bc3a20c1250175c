#include "shape.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int read_digits(const char **text, uint64_t *value) {
    if (!isdigit((unsigned char)**text)) return 0;
    for (*value = 0; isdigit((unsigned char)**text); (*text)++) {
        uint64_t digit = (uint64_t)(**text - '0');
        if (*value > (INT64_MAX - digit) / 10) return 0;
        *value = 10 * *value + digit;
    }
    return 1;
}

/* digits, or digits^digits */
static int read_size(const char **text, uint64_t *value) {
    if (!read_digits(text, value)) return 0;
    if (**text != '^') return 1;
    (*text)++;
    uint64_t base = *value, power;
    if (base < 2 || !read_digits(text, &power) || power > 62) return 0;
    for (*value = 1; power > 0; power--) {
        if (*value > INT64_MAX / base) return 0;
        *value *= base;
    }
    return 1;
}

static void write_text(bench_shape *shape) {
    size_t used = 0;
    for (int d = 0; d < shape->ndim && used < sizeof shape->text; d++)
        used += (size_t)snprintf(shape->text + used, sizeof shape->text - used, "%s%lld", d > 0 ? "x" : "", (long long)shape->size[d]);
}

const char *shape_parse(const char *text, bench_shape *shape) {
    *shape = (bench_shape){.count = 1};
    for (;;) {
        uint64_t size;
        if (shape->ndim == RAMP_MAX_DIMS) return "it has more than 16 dimensions";
        if (!read_size(&text, &size)) return "sizes are whole numbers, or powers such as 2^24, joined by x";
        if (size == 0) return "a size of 0 leaves nothing to measure";
        if (shape->count > (uint64_t)INT64_MAX / 8 / size) return "it has more elements than any memory holds";
        shape->count *= size;
        shape->size[shape->ndim++] = (int64_t)size;
        if (*text == '\0') break;
        if (*text != 'x' && *text != 'X') return "sizes are joined by x, as in 4096x393216";
        text++;
    }
    write_text(shape);
    return NULL;
}

/* digits, digits^digits, or digits and a unit */
static const char *read_count(const char **text, uint64_t *count) {
    static const struct {
        char letter;
        int shift;
    } unit[] = {{'k', 10}, {'K', 10}, {'m', 20}, {'M', 20}, {'g', 30}, {'G', 30}};
    if (!read_size(text, count))
        return "a size is a whole number, a power such as 2^24, or a number with its unit: 1k, 64M, 1G (k is 2^10, M 2^20, G 2^30)";
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
        if (**text != unit[i].letter) continue;
        if (*count > (UINT64_C(1) << 60) >> unit[i].shift) return "it is more than any memory holds";
        *count <<= unit[i].shift;
        (*text)++;
        break;
    }
    if (*count == 0) return "a size of 0 leaves nothing to measure";
    return *count > UINT64_C(1) << 60 ? "it is more than any memory holds" : NULL;
}

const char *shape_parse_count(const char *text, uint64_t *count) {
    const char *fault = read_count(&text, count);
    return fault != NULL || *text == '\0' ? fault : "a number ends in its unit: 64k, 1M, 1G";
}

static bench_shape line(uint64_t count) {
    bench_shape shape = {.ndim = 1, .size = {(int64_t)count}, .count = count};
    write_text(&shape);
    return shape;
}

const char *shape_parse_sizes(const char *text, bench_shape shape[shape_most_sizes], size_t *count) {
    uint64_t from, to;
    const char *fault = read_count(&text, &from);
    *count = 0;
    if (fault != NULL) return fault;
    shape[(*count)++] = line(from);
    if (*text == '\0') return NULL;
    if (strncmp(text, "..", 2) != 0) return "a range is FROM..TO, as in 1k..1G, and a number ends in its unit";
    text += 2;
    fault = read_count(&text, &to);
    if (fault != NULL) return fault;
    if (*text != '\0') return "a range is FROM..TO, as in 1k..1G, and a number ends in its unit";
    if (to <= from) return "a range goes up: FROM..TO, as in 1k..1G";
    uint64_t power = 1;
    while (power <= from) power *= 2;
    for (; power < to; power *= 2) shape[(*count)++] = line(power);
    shape[(*count)++] = line(to);
    return NULL;
}

bench_shape shape_matrix(int64_t rows, int64_t columns) {
    bench_shape shape = {.ndim = 2, .size = {rows, columns}, .count = (uint64_t)rows * (uint64_t)columns};
    write_text(&shape);
    return shape;
}
