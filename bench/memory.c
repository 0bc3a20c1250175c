#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* _SC_PHYS_PAGES */
#endif
#include "memory.h"
#include "program.h"
#include "shape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number after `key` in a small file of the system's; UINT64_MAX where there is none. */
static uint64_t read_system(const char *path, const char *key) {
    char text[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL) return UINT64_MAX;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *at = strstr(text, key);
    char *end;
    if (at == NULL) return UINT64_MAX;
    at += strlen(key);
    uint64_t value = strtoull(at, &end, 10);
    return end > at ? value : UINT64_MAX; /* "max" is no limit */
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* RAM that this process may have: the machine's, or its container's limit. */
static uint64_t host_total(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t total = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_C(1) << 30;
    total = least(total, read_system("/sys/fs/cgroup/memory.max", ""));
    return least(total, read_system("/sys/fs/cgroup/memory/memory.limit_in_bytes", ""));
}

/* RAM that is free or can be freed, as it was when first asked: before any lane had its buffers. */
static uint64_t host_free(void) {
    static uint64_t bytes;
    if (bytes != 0) return bytes;
    uint64_t kib = read_system("/proc/meminfo", "MemAvailable:");
    bytes = least(host_total(), kib < UINT64_MAX / 1024 ? kib * 1024 : UINT64_MAX);
    return bytes;
}

static int one_memory(const ramp_device_info *a, const ramp_device_info *b) {
    int a_host = a->type == RAMP_DEVICE_CPU, b_host = b->type == RAMP_DEVICE_CPU;
    return a_host || b_host ? a_host && b_host : strcmp(a->name, b->name) == 0;
}

typedef struct budget {
    double host_total, host_free, device; /* shares of each that may be used */
} budget;

static const budget cautious = {0.5, 0.85, 0.9}, bold = {0.9, 0.9, 1.0};

/* Lanes 0 to index, each with `bytes`: does the memory of lane `index` hold all that are in it? */
static int fits(const bench_session *s, size_t index, uint64_t bytes, uint64_t largest, const budget *share, char *why) {
    const ramp_device_info *info = &s->lane[index].info;
    int is_host = info->type == RAMP_DEVICE_CPU;
    uint64_t all = 0;
    char a[16], b[16];
    for (size_t i = 0; i <= index; i++)
        if (i == index || (s->lane[i].absent[0] == '\0' && one_memory(&s->lane[i].info, info))) all += bytes;
    if (info->max_alloc != 0 && largest > info->max_alloc) {
        snprintf(why, 256, "%s allows one allocation at most %s, and a tensor has %s", info->selector, program_bytes(a, info->max_alloc),
                 program_bytes(b, largest));
        return 0;
    }
    uint64_t may = is_host ? least((uint64_t)(share->host_total * (double)host_total()), (uint64_t)(share->host_free * (double)host_free()))
                           : (uint64_t)(share->device * (double)info->memory);
    if (!is_host && info->memory == 0) return 1; /* not known: the allocation will tell */
    if (all <= may) return 1;
    snprintf(why, 256, "%s of tensors in the memory of %s, of which this program takes %s", program_bytes(a, all),
             is_host ? "the host" : info->selector, program_bytes(b, may));
    return 0;
}

int memory_fits(const bench_session *s, size_t index, uint64_t bytes, uint64_t largest, char *why) {
    return fits(s, index, bytes, largest, &bold, why);
}

int memory_fits_host(const bench_session *s, size_t index, uint64_t bytes, char *why) {
    const uint64_t may = least((uint64_t)(bold.host_total * (double)host_total()), (uint64_t)(bold.host_free * (double)host_free()));
    uint64_t all = 0;
    char a[16], b[16];
    for (size_t i = 0; i <= index; i++) all += s->lane[i].absent[0] == '\0' || i == index ? bytes : 0;
    if (all <= may) return 1;
    snprintf(why, 256, "%s of arrays in the memory of the host, of which this program takes %s", program_bytes(a, all),
             program_bytes(b, may));
    return 0;
}

uint64_t memory_cold_bytes(const ramp_device_info *info) {
    const uint64_t known = UINT64_C(512) << 20;
    uint64_t cache = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
    const long level3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
    cache = level3 > 0 ? (uint64_t)level3 : 0;
#endif
    return info->type == RAMP_DEVICE_CPU && cache > 0 ? 4 * cache : known;
}

bench_shape memory_default_shape(bench_session *s, size_t size, int tensors, int largest) {
    static const int64_t rows = 4096, wanted = 393216;
    char why[256] = "";
    int64_t columns = wanted, next = 262144;
    for (; columns > 1; columns = next, next /= 2) {
        char reason[256];
        size_t fitting = 0;
        uint64_t bytes = (uint64_t)(rows * columns) * size;
        while (fitting < s->lanes && fits(s, fitting, (uint64_t)tensors * bytes, (uint64_t)largest * bytes, &cautious, reason)) fitting++;
        if (fitting == s->lanes) break;
        if (columns == wanted) memcpy(why, reason, sizeof why);
    }
    bench_shape shape = shape_matrix(rows, columns);
    if (columns != wanted) bench_note(s, "shape %s: the workload's 4096x393216 does not fit (%s)", shape.text, why);
    return shape;
}
