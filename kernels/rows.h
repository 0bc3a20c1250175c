/*
 * rows.h: a function as rows of a table, each a polynomial of degree 3 around its middle; where arithmetic takes a GPU longer than memory does. Include
 * dialect.h first. rows.c makes the rows, of the same function in double.
 *
 * A function that has them says RAMP_HAS_ROWS_<op>_value, which is 1, and is RAMP_VALUE_BY_ROWS(<op>), made of
 *   real <op>_place(real x)                              where x lies among them: a row is ROW_STEP, and x is spread where the function is steep
 *   real <op>_of_row(real x, real place, ramp_row row)   the value
 *
 * A row has x + y t + z t^2 + w t^3, t being how far the place is from the row's middle, and x the sum of two floats: what is not the first is far smaller, and
 * so is its rounding.
 *
 * A row is four words, for which a GPU's shared memory needs one load: the first of the two floats, y, z, and w, whose last 14 bits are the
 * second float's first.
 */
#define RAMP_ROWS          2492
#define RAMP_ROWS_LOWEST   -33.4375f /* the first one's place */
#define RAMP_ROW_STEP      0x1p-6f
#define RAMP_ROW_ROUNDER   0x1.8p17f /* place + ROW_ROUNDER has the row's number in its lowest bits */
#define RAMP_ROW_REST_BITS 14

#if RAMP_BITS == 32

RAMP_FN int row_index(real place) { return (int)(as_bits(place + RAMP_ROW_ROUNDER) - as_bits(RAMP_ROWS_LOWEST + RAMP_ROW_ROUNDER)); }

RAMP_FN real row_value(ramp_row row, real place) {
    real t = place - ((place + RAMP_ROW_ROUNDER) - RAMP_ROW_ROUNDER), rest = as_real(row.w << (32 - RAMP_ROW_REST_BITS));
    real p = real_fma(as_real(row.w), t, as_real(row.z));
    return as_real(row.x) + real_fma(real_fma(p, t, as_real(row.y)), t, rest);
}

#if defined(RAMP_ROWS_SPACE)
#define RAMP_VALUE_BY_ROWS(op)                                                                                                             \
    RAMP_FN real op##_value(real x, ramp_params p, int variant, int quick) {                                                               \
        real place = op##_place(x);                                                                                                        \
        (void)variant, (void)quick;                                                                                                        \
        return op##_of_row(x, place, p.rows[row_index(place)]);                                                                            \
    }
#else
#define RAMP_VALUE_BY_ROWS(op)
#endif

#endif
