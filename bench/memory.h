/* memory.h: what fits. Devices that are one piece of memory (a GPU seen through two APIs, or the CPU) share one budget. */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "bench.h"

/* The largest of the workload's shape and 4096 x a power of two such that `tensors` of it a lane fit, all lanes at once, the largest buffer having
 * `largest`. Where it is not the workload's, a note says why. `size` is that of the widest dtype asked for. */
bench_shape memory_default_shape(bench_session *s, size_t size, int tensors, int largest);

/* Whether lane number `index` can have buffers of so many bytes, the largest of so many, with the lanes before it having theirs; if not, `why` (of 256
 * bytes) says so. It is asked where a shape was given, so that the system ends no program for a shape that cannot fit: memory that is promised is
 * not yet there. */
int memory_fits(const bench_session *s, size_t index, uint64_t bytes, uint64_t largest, char *why);

/* The same of arrays in the host's memory. */
int memory_fits_host(const bench_session *s, size_t index, uint64_t bytes, char *why);

/* --cold: what the sets of buffers must have together, so that no cache holds one that comes round again: four times the host's last cache; for a GPU, whose
 * cache ramp.h does not tell, 512 MiB, several times that of an H200 (50 MiB). */
uint64_t memory_cold_bytes(const ramp_device_info *info);

#endif
