#include "inputs.h"
#include "bits.h"
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_bits(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The sum of four uniform numbers is close to normal; its deviation is sqrt(4 / 12). */
static double spread(uint64_t *state, double deviation) {
    double sum = -2.0;
    for (int i = 0; i < 2; i++) {
        uint64_t bits = random_bits(state);
        sum += (double)(bits >> 32) * 0x1p-32 + (double)(bits & 0xffffffffu) * 0x1p-32;
    }
    return sum * 1.7320508075688772 * deviation;
}

/* Knees and edges. Each stands for its neighbours in the dtype too: see special_x. */
static const double special[] = {0.0,  -0.0,     1.0,       -1.0, 3.0,  -3.0,  6.0,   0.5,   -0.5,
                                 20.0, INFINITY, -INFINITY, NAN,  1e30, -1e30, 1e-30, -1e-30};
enum { special_count = sizeof special / sizeof special[0] };

static uint64_t special_x(ramp_dtype dtype, uint64_t bits) {
    double value = special[bits % special_count];
    uint64_t pattern = bits_of(dtype, value);
    if ((bits >> 9 & 1u) == 0 || isnan(value)) return pattern;
    return bits_step(dtype, pattern, (bits >> 8 & 1u) != 0 ? 1 : -1);
}

/* Gradients: zeros, large, small. Not infinite: a sum over them would tell nothing. */
static uint64_t special_dy(ramp_dtype dtype, uint64_t bits) {
    static const double value[] = {0.0, -0.0, 1.0, -1.0, 1e30, -1e30, 1e-30, 1e-38};
    uint64_t pattern = bits_of(dtype, value[bits % (sizeof value / sizeof value[0])]);
    return isinf(bits_value(dtype, pattern)) ? pattern - 1 : pattern;
}

double inputs_value(ramp_dtype dtype, const void *array, uint64_t index) {
    return bits_value(dtype, bits_load(dtype, array, (size_t)index));
}

bench_tile inputs_tile(ramp_dtype dtype, uint64_t count, int has_gaps) {
    size_t size = program_dtype_size(dtype);
    uint64_t most = (UINT64_C(16) << 20) / size;
    bench_tile tile = {.dtype = dtype, .count = count < most ? count : most};
    size_t step = has_gaps ? 2 : 1;
    tile.x_count = step * tile.count;
    tile.x = program_resize(NULL, (size_t)tile.x_count, size);
    memset(tile.x, inputs_poison, (size_t)tile.x_count * size);
    tile.dy = program_resize(NULL, (size_t)tile.count, size);
    uint64_t state = inputs_seed;
    for (uint64_t i = 0; i < tile.count; i++) {
        uint64_t x = bits_of(dtype, spread(&state, 4.0)), dy = bits_of(dtype, spread(&state, 1.0));
        uint64_t bits = random_bits(&state);
        /* Every special value is met at the head. Elsewhere they are as rare as in real data: the CPU backend computes a block that holds
         * one again, the long way, and with one in 1024 that alone was timed. */
        if (i % inputs_special_every == 7 || (i < 256 && i % 2 == 1)) {
            x = special_x(dtype, bits);
            if (bits >> 60 == 0) dy = special_dy(dtype, bits >> 32);
        }
        bits_store(dtype, tile.x, (size_t)i * step, x);
        bits_store(dtype, tile.dy, (size_t)i, dy);
    }
    return tile;
}

void inputs_free(bench_tile *tile) {
    free(tile->x);
    free(tile->dy);
    *tile = (bench_tile){.count = 0};
}
