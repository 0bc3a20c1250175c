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

bench_shape shape_matrix(int64_t rows, int64_t columns) {
    bench_shape shape = {.ndim = 2, .size = {rows, columns}, .count = (uint64_t)rows * (uint64_t)columns};
    write_text(&shape);
    return shape;
}
