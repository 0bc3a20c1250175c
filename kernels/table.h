/*
 * table.h: what an op's backward table has for each of the 65,536 inputs x of a 16-bit type. Include arithmetic.h first.
 *
 *   table_slope    f'(x), which dy is multiplied by
 *   table_high     f'(x) * 2^180, of which table_high_product makes dx where the slope is NaN
 *
 * They are made of the op's own gradients at x, so that the bits are its own: `slope`, of a dy of 1; `high`, of 2^127, times 2^53; and `most`, of an infinite dy,
 * which tells an f' that is 0, where the gradient is NaN, from one that is too small for a float.
 *
 * Where f' is below RAMP_LEAST_SLOPE, the smallest normal float, digits are lost that a large dy brings back. f16 has no such dy: the product is 0 at all
 * events, and a slope of that size does. bf16 has: its slope is NaN.
 */
#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
#define RAMP_LEAST_SLOPE 0x1p-126f
#define RAMP_LOWER(v)    ((v)*0x1p-90f)

RAMP_FN int table_is_small(real size, real most) { return size < RAMP_LEAST_SLOPE && most == most; }

RAMP_FN real table_slope(real slope, int is_small, real most) {
#if defined(RAMP_DTYPE_F16)
    const real instead = with_sign_of(RAMP_LEAST_SLOPE, most);
#else
    const real instead = RAMP_NAN;
    (void)most;
#endif
    return is_small ? instead : slope;
}

RAMP_FN real table_high(real high, int is_small, real most) { return is_small && high == 0.0f ? with_sign_of(0x1p-83f, most) : high; }

/* Rounded once, as the op's own product is. Where the first factor is not exact, the result is 0. */
RAMP_FN real table_high_product(real dy, real high) {
    const int is_large = size_of(high) >= 0x1p-36f;
    return (is_large ? RAMP_LOWER(dy) : RAMP_LOWER(RAMP_LOWER(dy))) * (is_large ? RAMP_LOWER(high) : high);
}
#endif
