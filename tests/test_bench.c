/* test_bench.c: ramp-bench's own arithmetic: intervals, verdicts, sizes, and the JSON that it reads. */
#include "check.h"

#include "compare.h"
#include "json_read.h"
#include "shape.h"
#include "stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The median's interval ---- */

static uint64_t state = 1;
static double draw(void) { /* splitmix64, in [0, 1) */
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* Of skewed times, whose true median is known: the interval holds it in 95 of 100 at least, and is not wider than that asks for. */
static void test_coverage(size_t count) {
    enum { trials = 4000 };
    double *sample = malloc(count * sizeof *sample);
    int held = 0;
    for (int t = 0; t < trials; t++) {
        for (size_t i = 0; i < count; i++) sample[i] = 1 / (1 - draw()); /* its median is 2 */
        const bench_stats s = stats_of(sample, count);
        held += s.low <= 2 && s.high >= 2;
    }
    const double share = (double)held / trials;
    CHECK(share > 0.94, "of %zu samples the interval holds the median in %.3f of all", count, share);
    CHECK(share < 0.985, "of %zu samples the interval is too wide: it holds the median in %.3f of all", count, share);
    free(sample);
}

static void test_stats(void) {
    /* From tables of the sign test, two-sided at 5 %: so many may lie outside on each side. */
    static const struct {
        size_t count, rank;
    } known[] = {{6, 0}, {8, 0}, {9, 1}, {11, 1}, {12, 2}, {15, 3}, {20, 5}, {25, 7}, {50, 17}, {100, 39}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        CHECK(stats_rank(known[i].count) == known[i].rank, "of %zu samples %zu lie outside, not %zu", known[i].count,
              stats_rank(known[i].count), known[i].rank);
    CHECK(stats_rank(1001) <= stats_rank(1000) && stats_rank(1001) >= stats_rank(1000) - 3, "ranks jump: %zu of 1000, %zu of 1001",
          stats_rank(1000), stats_rank(1001));
    double five[] = {5, 1, 4, 2, 3};
    const bench_stats s = stats_of(five, 5);
    CHECK(s.median == 3 && s.p25 == 2 && s.p75 == 4, "median %g, quartiles %g and %g", s.median, s.p25, s.p75);
    CHECK(isnan(s.low) && isnan(s.high), "five samples have the interval %g to %g", s.low, s.high);
    test_coverage(15);
    test_coverage(100);
    test_coverage(2000);
}

/* ---- Verdicts ---- */

static bench_record timed(double low, double median, double high) {
    return (bench_record){.ms = median, .ms_low = low, .ms_high = high, .is_verified = 1};
}

static void expect(bench_record before, bench_record now, compare_verdict want, const char *what) {
    compare_ratio ratio;
    const compare_verdict got = compare_rows(&before, &now, 0.02, &ratio);
    CHECK(got == want, "%s: verdict %d, not %d (ratio %g, %g to %g)", what, (int)got, (int)want, ratio.median, ratio.low, ratio.high);
}

static void test_verdicts(void) {
    expect(timed(0.99, 1, 1.01), timed(0.99, 1, 1.01), COMPARE_SAME, "the same");
    expect(timed(0.99, 1, 1.01), timed(1.09, 1.1, 1.11), COMPARE_SLOWER, "a tenth more, narrow");
    expect(timed(0.8, 1, 1.2), timed(0.9, 1.1, 1.3), COMPARE_SAME, "a tenth more, wide");
    expect(timed(1.09, 1.1, 1.11), timed(0.99, 1, 1.01), COMPARE_FASTER, "a tenth less, narrow");
    expect(timed(0.999, 1, 1.001), timed(1.009, 1.01, 1.011), COMPARE_SAME, "a hundredth more, which is within the tolerance");
    expect(timed(NAN, 1, NAN), timed(1.99, 2, 2.01), COMPARE_UNCLEAR, "twice, with no interval then");
    expect(timed(0.99, 1, 1.01), timed(NAN, 2, NAN), COMPARE_UNCLEAR, "twice, with no interval now");
}

/* ---- Sizes ---- */

static void expect_sizes(const char *text, const char *want) {
    bench_shape shape[shape_most_sizes];
    size_t count;
    char got[2048] = "";
    const char *fault = shape_parse_sizes(text, shape, &count);
    for (size_t i = 0; fault == NULL && i < count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? " " : "", shape[i].text);
    CHECK(want == NULL ? fault != NULL : fault == NULL && strcmp(got, want) == 0, "--sizes %s: '%s', not '%s' (%s)", text, got,
          want != NULL ? want : "refused", fault != NULL ? fault : "no fault");
}

static void test_sizes(void) {
    expect_sizes("1k", "1024");
    expect_sizes("1k..4k", "1024 2048 4096");
    expect_sizes("1000..4000", "1000 1024 2048 4000");
    expect_sizes("3..5", "3 4 5");
    expect_sizes("1..2^3", "1 2 4 8");
    expect_sizes("512M..1G", "536870912 1073741824");
    static const char *const bad[] = {"",       "0",      "k",     "1kk",  "1k...2k",     "1k..", "..1k",
                                      "2k..1k", "1k..1k", "1k-2k", "1.5k", "9999999999G", "2^61", "-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) expect_sizes(bad[i], NULL);
    bench_shape shape[shape_most_sizes];
    size_t count;
    CHECK(shape_parse_sizes("3..2^60", shape, &count) == NULL && count == 60, "the longest range has %zu sizes", count);
}

/* ---- JSON ---- */

static void test_json(void) {
    char fault[128];
    json_value *v = json_parse(" {\"a\": [1, -2.5e3, true, null], \"b\": {\"c\": \"x\\\"\\u00e9\\n\"}, \"d\": {}, \"e\": []} ", fault);
    if (CHECK(v != NULL, "%s", fault)) {
        const json_value *a = json_find(v, "a");
        CHECK(a != NULL && a->kind == JSON_ARRAY && a->first->number == 1 && a->first->next->number == -2500 &&
                  a->first->next->next->kind == JSON_TRUE && a->first->next->next->next->kind == JSON_NULL &&
                  a->first->next->next->next->next == NULL,
              "the array came out otherwise");
        CHECK(strcmp(json_find_text(json_find(v, "b"), "c", ""), "x\"\xc3\xa9\n") == 0, "the text came out as '%s'",
              json_find_text(json_find(v, "b"), "c", ""));
        CHECK(json_find(v, "d")->first == NULL && json_find(v, "e")->first == NULL, "what is empty is not");
        CHECK(json_find(v, "f") == NULL && json_find_number(v, "b", 7) == 7 && json_find_number(NULL, "b", 7) == 7,
              "what is not there is found");
    }
    json_free(v);
    static const char *const bad[] = {"",      "{",   "[1",      "[1,]",       "{\"a\"}",    "{\"a\":}", "{a:1}",
                                      "[1 2]", "\"x", "\"\\x\"", "\"\n\"",     "\"\\u12\"",  "1 2",      "[0x10]",
                                      "nul",   "-",   "]",       "{\"a\":1,}", "\"\\u0000\""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        v = json_parse(bad[i], fault);
        CHECK(v == NULL, "'%s' was taken for JSON", bad[i]);
        json_free(v);
    }
    char deep[300];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    CHECK(json_parse(deep, fault) == NULL && strstr(fault, "deep") != NULL, "299 brackets: %s", fault);
}

/* ---- Clocks: tests/nvml_stub.c stands for NVML, where the loader finds it first ---- */

static void test_clocks(void) {
    bench_clocks c;
    char text[128];
    ramp_device_info info = {.type = RAMP_DEVICE_GPU, .name = "NVIDIA Single"};
    clocks_open(&c, &info);
    clocks_sample(&c);
    CHECK(c.unknown[0] == '\0' && clocks_held_back(&c, text)[0] == '\0', "one that is idle: '%s', held back by '%s'", c.unknown, text);
    clocks_sample(&c);
    clocks_sample(&c);
    CHECK(c.samples == 3 && c.sm_low == 1200 && c.sm_high == 1980 && c.sm_most == 1980 && c.memory_low == 3201 && c.memory_high == 3201,
          "%d samples: cores %u to %u of %u, memory %u to %u", c.samples, c.sm_low, c.sm_high, c.sm_most, c.memory_low, c.memory_high);
    CHECK(strcmp(clocks_held_back(&c, text), "power cap, heat (hardware)") == 0, "held back by '%s'", text);
    CHECK(fabs(c.theory_gbs - 4916.7) < 0.1, "in theory %g GB/s", c.theory_gbs);
    clocks_close(&c);
    strcpy(info.name, "NVIDIA Twin");
    clocks_open(&c, &info);
    clocks_sample(&c);
    CHECK(c.samples == 0 && isnan(c.theory_gbs) && strstr(c.unknown, "2 devices of that name") != NULL, "which of two: '%s'", c.unknown);
    clocks_close(&c);
    info = (ramp_device_info){.type = RAMP_DEVICE_CPU, .name = "A CPU"};
    clocks_open(&c, &info);
    CHECK(c.device == NULL && strstr(c.unknown, "CPU") != NULL, "of a CPU: '%s'", c.unknown);
    clocks_close(&c);
    const bench_clock_check none = {0, 0, 0}, same = {10, 1, 1}, apart = {10, 0.8, 1};
    CHECK(clocks_difference(&none) == 0 && clocks_difference(&same) == 0 && fabs(clocks_difference(&apart) - 0.2) < 1e-12,
          "clocks differ by %g", clocks_difference(&apart));
}

int main(void) {
    test_clocks();
    test_stats();
    test_verdicts();
    test_sizes();
    test_json();
    return check_finish("test_bench");
}
