/* clocks.h: what a driver tells of a device beside its work: its clocks, whether it is held back, and what its memory could give at most. */
#ifndef BENCH_CLOCKS_H
#define BENCH_CLOCKS_H

#include <ramp/ramp.h>

typedef struct bench_clocks {
    void *library, *device; /* NVML's; NULL where it cannot tell */
    char unknown[256];      /* why it cannot; "" where it can */
    int samples;
    unsigned sm_low, sm_high, sm_most;             /* MHz: the lowest and the highest seen, and what the device allows */
    unsigned memory_low, memory_high, memory_most; /* the same of its memory */
    unsigned long long held_back;                  /* NVML's bits of reasons, all that were seen */
    double theory_gbs;                             /* memory clock x 2 x bus width; NaN where it is not known */
} bench_clocks;

/* How long the same calls took by the device's clock and by the host's; `calls` is 0 where it was not tried. */
typedef struct bench_clock_check {
    int calls;
    double device_ms, host_ms;
} bench_clock_check;

void clocks_open(bench_clocks *c, const ramp_device_info *info);
void clocks_close(bench_clocks *c);

/* Look once more. */
void clocks_sample(bench_clocks *c);

/* The words for what held it back, "" where nothing did: "power cap, heat". An idle device and a clock that the user chose are no such reasons. */
const char *clocks_held_back(const bench_clocks *c, char text[128]);

/* By how much of the host's time the two clocks differ; 0 where it was not tried. */
double clocks_difference(const bench_clock_check *check);

#endif
