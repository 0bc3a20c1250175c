/*
 * test_storage.c: f16 and bf16 to float and back, in the CPU backend's own loops: every 16-bit pattern, and floats on both sides of every
 * rounding; with --all, every float. What a number is and which is nearest is said here again, from the formats' definition.
 */
#include "check.h"
#include "cpu/loops.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_patterns = 0x8000, chunk = 8191 }; /* a chunk's last elements are no whole vector */

typedef struct format {
    const char *name;
    int fraction, bias; /* bits, and what a stored exponent is more than the true one */
    uint32_t infinity;  /* its pattern */
    const cpu_storage *storage;
    double middle[most_patterns]; /* between the numbers with patterns i and i + 1, exactly */
} format;

/* Of a pattern without its sign. Infinity's is the power of two that would come next: what reaches the middle to it rounds to it. */
static double number(const format *f, uint32_t pattern) {
    int one = 1 << f->fraction, exponent = (int)pattern >> f->fraction, fraction = (int)pattern & (one - 1);
    return exponent == 0 ? ldexp(fraction, 1 - f->bias - f->fraction) : ldexp(one + fraction, exponent - f->bias - f->fraction);
}

static float float_of(uint32_t pattern) {
    float x;
    memcpy(&x, &pattern, sizeof x);
    return x;
}

static uint32_t pattern_of(float x) {
    uint32_t pattern;
    memcpy(&pattern, &x, sizeof pattern);
    return pattern;
}

static void test_load(const format *f) {
    static uint16_t in[65536 + 8];
    static float out[65536 + 8];
    for (size_t shift = 0; shift < 8; shift++) {
        for (uint32_t i = 0; i < 65536; i++) in[shift + i] = (uint16_t)i;
        f->storage->load(in + shift, out + shift, 65536);
        unsigned wrong = 0;
        for (uint32_t i = 0; i < 65536; i++) {
            uint32_t size = i & 0x7fff;
            float want = size == f->infinity ? INFINITY : (float)number(f, size), got = out[shift + i];
            int good = size > f->infinity ? isnan(got) : pattern_of(got) == (pattern_of(want) | (i & 0x8000) << 16);
            if (!good && wrong++ == 0) printf("%s %#06x is loaded as %a\n", f->name, (unsigned)i, (double)got);
        }
        CHECK(wrong == 0, "%s, %zu elements from a boundary: %u patterns are loaded wrong", f->name, shift, wrong);
    }
}

/* Floats are stored a chunk at a time. */
typedef struct batch {
    const format *f;
    size_t n;
    float x[chunk];
    uint16_t want[chunk]; /* 0xffff: any NaN */
    unsigned long long done, wrong;
} batch;

static void flush(batch *b) {
    static uint16_t got[chunk + 1];
    got[b->n] = 0x5a5a;
    b->f->storage->store(b->x, got, b->n);
    for (size_t i = 0; i < b->n; i++) {
        int good = b->want[i] == 0xffff ? (got[i] & 0x7fffu) > b->f->infinity : got[i] == b->want[i];
        if (!good && b->wrong++ == 0)
            printf("%a (%#010x) is stored as %s %#06x, not %#06x\n", (double)b->x[i], (unsigned)pattern_of(b->x[i]), b->f->name,
                   (unsigned)got[i], (unsigned)b->want[i]);
    }
    CHECK(got[b->n] == 0x5a5a, "%s: an element past the end is written", b->f->name);
    b->done += b->n;
    b->n = 0;
}

/* A float without its sign, and what it must become; with both signs. */
static void add(batch *b, uint32_t pattern, uint32_t want) {
    for (uint32_t sign = 0; sign < 2; sign++) {
        b->x[b->n] = float_of(pattern | sign << 31);
        b->want[b->n++] = (uint16_t)(pattern > 0x7f800000 ? 0xffff : want | sign << 15);
        if (b->n == chunk) flush(b);
    }
}

/* The nearest number to a size, the even one in the middle; no less than `from`. */
static uint32_t nearest(const format *f, double size, uint32_t from) {
    while (from < f->infinity && (size > f->middle[from] || (size == f->middle[from] && from % 2 != 0))) from++;
    return from;
}

static void finish(batch *b, const char *what) {
    flush(b);
    CHECK(b->wrong == 0, "%s, %s: %llu of %llu floats are stored wrong", b->f->name, what, b->wrong, b->done);
    printf("%s, %s: %llu floats\n", b->f->name, what, b->done);
    b->done = b->wrong = 0;
}

static void test_store(const format *f, uint32_t stride) {
    static batch b;
    b.f = f;
    for (uint32_t i = 0; i < f->infinity; i++)
        for (int step = -2; step <= 2; step++) {
            uint32_t number_at = pattern_of((float)number(f, i)), middle_at = pattern_of((float)f->middle[i]);
            if ((int64_t)number_at + step >= 0) {
                uint32_t pattern = (uint32_t)((int64_t)number_at + step);
                add(&b, pattern, nearest(f, (double)float_of(pattern), i > 0 ? i - 1 : 0));
            }
            if (middle_at < 0x7f800000 && (int64_t)middle_at + step >= 0) {
                uint32_t pattern = (uint32_t)((int64_t)middle_at + step);
                add(&b, pattern, nearest(f, (double)float_of(pattern), i > 0 ? i - 1 : 0));
            }
        }
    for (uint32_t nan = 0x7f800001; nan < 0x7fffffff - 0xfff; nan += 0xfff) add(&b, nan, 0);
    for (uint32_t bit = 0; bit < 23; bit++) add(&b, 0x7f800000 | 1u << bit, 0);
    finish(&b, "both sides of every rounding");
    uint32_t want = 0;
    for (uint64_t pattern = 0; pattern < 0x80000000; pattern += stride) {
        if (pattern <= 0x7f800000) want = nearest(f, (double)float_of((uint32_t)pattern), want);
        add(&b, (uint32_t)pattern, want);
    }
    finish(&b, stride == 1 ? "all" : "a stride through all");
}

int main(int argc, char **argv) {
    static format formats[] = {{"f16", 10, 15, 0x7c00, NULL, {0}}, {"bf16", 7, 127, 0x7f80, NULL, {0}}};
    const cpu_isa *isa = cpu_isa_best();
    printf("the loops for %s\n", isa->name);
    for (int i = 0; i < 2; i++) {
        format *f = &formats[i];
        f->storage = isa->storage[i];
        for (uint32_t pattern = 0; pattern < f->infinity; pattern++) f->middle[pattern] = (number(f, pattern) + number(f, pattern + 1)) / 2;
        test_load(f);
        test_store(f, argc > 1 && strcmp(argv[1], "--all") == 0 ? 1 : 509);
    }
    return check_finish("test_storage");
}
