/*
 * rows_f32.c: makes the rows of rows.h for float, from the ops' values in double.
 */
#define RAMP_DTYPE_F64
#include "dialect.h"
#include "emulation.h"
#include "arithmetic.h"
#include "functions.h"
#include "activations.h"
#include "rows.h"
#include "smooth.h"
#include "gelu.h"
#include "../src/rows.h"

#include <assert.h>

_Static_assert(rows_count_f32 == RAMP_ROWS_F32, "src/rows.h and kernels/rows.h speak of the same rows");

/* What ramp_row is in float. */
typedef struct float_row {
    uint32_t x, y, z, w;
} float_row;
_Static_assert(sizeof(float_row) == rows_row_bytes, "a row is what src/rows.h says");

/* ---- What the rows of an op have, as functions of the place ---- */

static double larger(double a, double b) { return a > b ? a : b; }

/* A row's middle tells which of both it has. */
static double less_half(double y, double x, double middle) { return size_of(middle) < RAMP_GELU_NEAR ? y - x / 2 : y; }

/* The places' own formulas, solved for x in each range. */
static double gelu_x(double place, double steep, double steeper) {
    const double twice = place + steep, four_times = twice + 2 * steeper;
    return larger(place, larger(twice / 2, four_times / 4));
}

static double gelu_at(double place, double middle) {
    const double x = gelu_x(place, RAMP_GELU_STEEP, RAMP_GELU_STEEPER);
    return less_half(gelu_value_far(x), x, middle);
}

static double gelu_slope_at(double place, double middle) {
    (void)middle;
    return gelu_gradient_far(gelu_x(place, RAMP_GELU_SLOPE_STEEP, RAMP_GELU_SLOPE_STEEPER), 1);
}

static double gelu_tanh_x(double place, double steep, double steeper, double steepest) {
    const double twice = place + steep, four_times = twice + 2 * steeper, eight_times = four_times + 4 * steepest;
    return larger(larger(place, twice / 2), larger(four_times / 4, eight_times / 8));
}

static double gelu_tanh_at(double place, double middle) {
    const double x = gelu_tanh_x(place, RAMP_GELU_STEEP, RAMP_GELU_TANH_STEEPER, RAMP_GELU_TANH_STEEPEST);
    return less_half(gelu_tanh_value_far(x), x, middle);
}

static double gelu_tanh_slope_at(double place, double middle) {
    const double x = gelu_tanh_x(place, RAMP_GELU_TANH_SLOPE_STEEP, RAMP_GELU_TANH_SLOPE_STEEPER, RAMP_GELU_TANH_SLOPE_STEEPEST);
    (void)middle;
    return gelu_tanh_gradient_far(x, 1);
}

typedef double function(double place, double middle);
static function *const functions[2][op_ids] = {{[RAMP_GELU] = gelu_at, [RAMP_GELU_TANH] = gelu_tanh_at},
                                               {[RAMP_GELU] = gelu_slope_at, [RAMP_GELU_TANH] = gelu_tanh_slope_at}};

/* ---- A row ---- */

static uint32_t bits_of(double v) {
    const float rounded = (float)v;
    uint32_t u;
    memcpy(&u, &rounded, sizeof u);
    return u;
}

static double float_of(uint32_t u) {
    float v;
    memcpy(&v, &u, sizeof v);
    return v;
}

/* The float nearest to v whose last bits are `rest`. */
static uint32_t with_rest(double v, uint32_t rest) {
    const uint32_t u = bits_of(v), step = 1u << RAMP_ROW_REST_BITS, own = u & (step - 1);
    const uint32_t near = u - own + rest, is_small = (u & 0x7fffffffu) < step;
    if (is_small) return rest;
    return rest > own + step / 2 ? near - step : own > rest + step / 2 ? near + step : near;
}

/* The cubic that has the function's value in the middle, and agrees with it 0.9 and 0.45 of the way to the ends, where that leaves the
 * least in between; but for w, which has few bits: the rest is fitted to what those are. */
static float_row row_of(function *f, double middle) {
    const double far = 0.9 * RAMP_ROW_STEP_F32 / 2, half = far / 2, scale = 0x1p64;
    double side[2][2]; /* half and far; up and down */
    for (int i = 0; i < 2; i++)
        for (int down = 0; down < 2; down++) {
            const double t = i == 0 ? half : far;
            side[i][down] = f(middle + (down ? -t : t), middle) * scale;
        }
    const double value = f(middle, middle) * scale;
    const double odd_half = (side[0][0] - side[0][1]) / (2 * half), odd_far = (side[1][0] - side[1][1]) / (2 * far);
    const uint32_t first = bits_of(value), rest = bits_of(value - float_of(first));
    const uint32_t last = (rest + (1u << (31 - RAMP_ROW_REST_BITS))) >> (32 - RAMP_ROW_REST_BITS);
    float_row row;
    row.x = first;
    row.w = with_rest((odd_far - odd_half) / (far * far - half * half), last);
    row.y = bits_of(odd_far - float_of(row.w) * (far * far));
    row.z = bits_of(((side[1][0] - value) + (side[1][1] - value)) / (2 * far * far));
    return row;
}

/* Two of them tell a zero's sign: a value at 0 has that of x, and past the lowest row it is -. */
void rows_make_f32(ramp_op_id op, int is_gradient, void *made) {
    function *const f = functions[is_gradient][op];
    assert(f != NULL);
    float_row *rows = made;
    const uint32_t negative_zero = 0x80000000u, negative_rest = negative_zero >> (32 - RAMP_ROW_REST_BITS);
    const double lowest = RAMP_ROWS_LOWEST;
    for (int i = 0; i < RAMP_ROWS_F32; i++) rows[i] = row_of(f, lowest + (double)i * RAMP_ROW_STEP_F32);
    if (!is_gradient) {
        float_row *at_0 = &rows[(int)(-lowest / RAMP_ROW_STEP_F32)];
        at_0->x = negative_zero;
        at_0->y = 0;
        at_0->w = negative_rest;
    }
    rows[0] = (float_row){negative_zero, bits_of(-0x1p-100), 0, negative_rest};
}
