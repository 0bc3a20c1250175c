/*
 * rows.h: a function as rows of a table, where arithmetic takes a GPU longer than memory does. Include dialect.h first. rows_f32.c and rows_f64.c make the rows.
 *
 * A function that has them says RAMP_HAS_ROWS_<op>_value or RAMP_HAS_ROWS_<op>_gradient, which is 1, and is RAMP_VALUE_BY_ROWS(<op>) or
 * RAMP_GRADIENT_BY_ROWS(<op>), made of
 *   real <op>_place(real x), <op>_gradient_place(real x)                   where x lies among them
 *   real <op>_of_row(real x, real place, ramp_row row)                     the value
 *   real <op>_gradient_of_row(real x, real g, real place, ramp_row row)
 *
 * Float: a polynomial of degree 3 around a row's middle. A row is ROW_STEP of places, and x is spread where the function is steep. It has x + y t + z t^2 + w t^3,
 * t being how far the place is from the row's middle, and x the sum of two floats: what is not the first is far smaller, and so is its rounding. It is four
 * words, which one load takes: the first of the two floats, y, z, and w, whose last 14 bits are the second float's first.
 *
 * Double: two numbers that the function has in a row's middle, from where a formula goes on: there is no room for a polynomial's. A place is |x|, up to ROWS_HIGHEST;
 * a row is 1 / 128, and half and a quarter of that where the function is steep.
 *
 * What lies further below 0 a quick form may leave (dialect.h), and <op>_value_far or <op>_gradient_far does, which take any x; the rows are made of them.
 */
#define RAMP_ROWS_F32      2541
#define RAMP_ROWS_LOWEST   -33.4375f /* the first one's place */
#define RAMP_ROW_STEP_F32  0x1p-6f
#define RAMP_ROW_REST_BITS 14

#define RAMP_ROWS_F64     3713
#define RAMP_ROWS_HIGHEST 14.0 /* the last one's place */
#define RAMP_ROWS_STEEP   7.0  /* from where on a row is half as wide */
#define RAMP_ROWS_STEEPER 10.0 /* and half of that */

#if RAMP_BITS == 32

#define RAMP_ROW_ROUNDER 0x1.8p17f /* place + ROW_ROUNDER has the row's number in its lowest bits */

RAMP_FN int row_index(real place) { return (int)(as_bits(place + RAMP_ROW_ROUNDER) - as_bits(RAMP_ROWS_LOWEST + RAMP_ROW_ROUNDER)); }

RAMP_FN real row_value(ramp_row row, real place) {
    real t = place - ((place + RAMP_ROW_ROUNDER) - RAMP_ROW_ROUNDER), rest = as_real(row.w << (32 - RAMP_ROW_REST_BITS));
    real p = real_fma(as_real(row.w), t, as_real(row.z));
    return as_real(row.x) + real_fma(real_fma(p, t, as_real(row.y)), t, rest);
}

#else

#define RAMP_ROWS RAMP_ROWS_F64

RAMP_FN real row_rounder(real place) { return place < RAMP_ROWS_STEEP ? 0x1.8p45 : place < RAMP_ROWS_STEEPER ? 0x1.8p44 : 0x1.8p43; }
RAMP_FN real row_middle(real place) { return (place + row_rounder(place)) - row_rounder(place); }

/* A row's number is what its middle is of its width, less the rows that there would be before it if all were so narrow. */
RAMP_FN int row_index(real place) {
    const bits wide = 128, steep = (bits)RAMP_ROWS_STEEP * wide, steeper = steep + 2 * (bits)RAMP_ROWS_STEEPER * wide;
    bits middle = as_bits(place + row_rounder(place)) - as_bits(row_rounder(place));
    return (int)(middle - (place < RAMP_ROWS_STEEP ? 0 : place < RAMP_ROWS_STEEPER ? steep : steeper));
}

#endif

#if !defined(RAMP_ROWS_SPACE)
#define RAMP_VALUE_BY_ROWS(op)
#define RAMP_GRADIENT_BY_ROWS(op)
#elif RAMP_BITS == 32
#define RAMP_VALUE_BY_ROWS(op)                                                                                                             \
    RAMP_FN real op##_value(real x, ramp_params p, int variant, int quick) {                                                               \
        real place = op##_place(x);                                                                                                        \
        (void)variant, (void)quick;                                                                                                        \
        return op##_of_row(x, place, p.rows[row_index(place)]);                                                                            \
    }
#else
#define RAMP_VALUE_BY_ROWS(op)                                                                                                             \
    RAMP_FN real op##_value(real x, ramp_params p, int variant, int quick) {                                                               \
        real place = op##_place(x), y = op##_of_row(x, place, p.rows[row_index(place)]);                                                   \
        (void)variant;                                                                                                                     \
        RAMP_RETURN_IF(quick, y == y || x != x, y);                                                                                        \
        return op##_value_far(x);                                                                                                          \
    }
#endif

#if defined(RAMP_ROWS_SPACE)
#define RAMP_GRADIENT_BY_ROWS(op)                                                                                                          \
    RAMP_FN real op##_gradient(real x, real g, ramp_params p, int quick) {                                                                 \
        real place = op##_gradient_place(x), dx = op##_gradient_of_row(x, g, place, p.rows[row_index(place)]);                             \
        RAMP_RETURN_IF(quick, dx == dx || x != x || g != g, dx);                                                                           \
        return op##_gradient_far(x, g);                                                                                                    \
    }
#endif
