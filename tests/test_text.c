/* test_text.c: ops as text, as rows and as structs; tensors by hand. No device. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "check.h"
#include "hostile.h"

#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int same_op(const ramp_op *a, const ramp_op *b) {
    if (a->id != b->id || a->count != b->count) return 0;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->param[i] != b->param[i] || !signbit(a->param[i]) != !signbit(b->param[i])) return 0;
    return 1;
}

static void check_parses(const char *text, ramp_op want) {
    ramp_op op = {(ramp_op_id)77, 3, {1, 2, 3, 4}};
    if (CHECK(ramp_op_parse(text, &op) == RAMP_OK, "'%s': %s", text, ramp_last_error()))
        CHECK(same_op(&op, &want), "'%s' is op %d with %u: %g, %g", text, (int)op.id, (unsigned)op.count, op.param[0], op.param[1]);
}

static void check_refused(const char *text) {
    ramp_op op = {(ramp_op_id)77, 3, {1, 2, 3, 4}}, before = op;
    ramp_status status = ramp_op_parse(text, &op);
    CHECK(status == RAMP_ERROR_ARGUMENT && ramp_last_error()[0] != '\0', "'%.60s' gave %s", text, ramp_status_name(status));
    CHECK(memcmp(&op, &before, sizeof op) == 0, "'%.60s' was refused and wrote the op", text);
}

static void test_parse(void) {
    const ramp_op hardtanh = {RAMP_HARDTANH, 2, {-1, 1}}, softsign = {RAMP_SOFTSIGN, 0, {0}}, hardsigmoid = {RAMP_HARDSIGMOID, 2, {-3, 3}};
    ramp_op keras;
    CHECK_STATUS(ramp_op_hardsigmoid(0.2, 0.5, &keras), RAMP_OK);
    CHECK(keras.param[0] == -2.5 && keras.param[1] == 2.5, "alpha 0.2, beta 0.5 has knees %g and %g", keras.param[0], keras.param[1]);
    static const char *const tanhs[] = {
        "hardtanh", "HardTanh", "hard_tanh", "CLIP", "clip:-1,1", "hardtanh:lo=-1,hi=1", "hardtanh:hi=1,LO=-1e0", "hardtanh:-1"};
    for (size_t i = 0; i < sizeof tanhs / sizeof tanhs[0]; i++) check_parses(tanhs[i], hardtanh);
    check_parses("softsign", softsign);
    check_parses("Soft_Sign", softsign);
    check_parses("hardsigmoid", hardsigmoid);
    check_parses("HARD_SIGMOID:hi=3", hardsigmoid);
    check_parses("hardsigmoid:alpha=0.2,beta=0.5", keras);
    check_parses("hardsigmoid:BETA=0.5,Alpha=0.2", keras);
    check_parses("hardtanh:hi=6", (ramp_op){RAMP_HARDTANH, 2, {-1, 6}});
    check_parses("hardtanh:-inf,inf", (ramp_op){RAMP_HARDTANH, 2, {-INFINITY, INFINITY}});
    check_parses("hardtanh:-INFINITY,0x1p-3", (ramp_op){RAMP_HARDTANH, 2, {-INFINITY, 0.125}});
    check_parses("hardtanh:-0.0,1", (ramp_op){RAMP_HARDTANH, 2, {-0.0, 1}});
    check_parses("hardtanh:-5e-324,5e-324", (ramp_op){RAMP_HARDTANH, 2, {-0x1p-1074, 0x1p-1074}});
}

/* As many digits as it takes. */
static void test_long_numbers(void) {
    check_parses("elu:0.1000000000000000055511151231257827021181583404541015625000000000000000000000", (ramp_op){RAMP_ELU, 1, {0.1}});
    check_parses("hardtanh:lo=-00000000000000000000000000000000000000000000000000000000000000000000001.5,hi=2",
                 (ramp_op){RAMP_HARDTANH, 2, {-1.5, 2}});
    check_parses("elu:2.4703282292062328e-324", (ramp_op){RAMP_ELU, 1, {0x1p-1074}}); /* rounded up to the smallest number */
}

static void test_refused(void) {
    static const char *const bad[] = {"",
                                      ":",
                                      ",",
                                      "nosuch",
                                      "hardtan",
                                      "hardtanhh",
                                      " hardtanh",
                                      "hardtanh ",
                                      "hardtanh:",
                                      "hardtanh:,",
                                      "hardtanh:-1,",
                                      "hardtanh:,1",
                                      "hardtanh:-1,1,2",
                                      "hardtanh:a",
                                      "hardtanh:-1,1x",
                                      "hardtanh:-1;1",
                                      "hardtanh:1,-1",
                                      "hardtanh:1,1",
                                      "hardtanh:nan,1",
                                      "hardtanh:lo=",
                                      "hardtanh:mid=1",
                                      "hardtanh:=1",
                                      "hardtanh:alpha=1,beta=2",
                                      "hardtanh:lo=-1,lo=-2",
                                      "hardtanh:lo=-1,LO=-1",
                                      "hardtanh:-1,lo=-2",
                                      "hardtanh:hi=1,lo=-1,2",
                                      "celu:1,alpha=2",
                                      "celu:1,2",
                                      "celu:beta=1",
                                      "relu:0",
                                      "hardtanh: -1,1",
                                      "softsign:1",
                                      "softsign:",
                                      "hardsigmoid:-inf,3",
                                      "hardsigmoid:-3,inf",
                                      "hardsigmoid:alpha=0.2",
                                      "hardsigmoid:beta=0.5",
                                      "hardsigmoid:alpha=0,beta=0.5",
                                      "hardsigmoid:alpha=-1,beta=0.5",
                                      "hardsigmoid:alpha=nan,beta=0.5",
                                      "hardsigmoid:alpha=inf,beta=0.5",
                                      "hardsigmoid:alpha=0.2,beta=inf",
                                      "hardsigmoid:alpha=0.2,beta=0.5,3",
                                      "hardsigmoid:alpha=0.2,alpha=0.2",
                                      "hardsigmoid:-1e308,1e308",
                                      "hardsigmoid:alpha=1e-320,beta=0.5",
                                      "h\xc3\xa4rdtanh",
                                      "\xff\xfe"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) check_refused(bad[i]);
    static const struct {
        const char *text, *words;
    } told[] = {{"hardtanh:\t-1,1", "not a number"},
                {"hardtanh:-1,\n1", "not a number"},
                {"hardtanh:-1e999,1", "'-1e999' is too large"},
                {"hardtanh:-1,1e999", "inf"},
                {"elu:0x1p1024", "too large"},
                {"elu:1e-999", "'1e-999' is too small"},
                {"elu:-0x1p-1076", "write 0"},
                {"hardsigmoid:alpha=1e999,beta=0", "too large"}};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        check_refused(told[i].text);
        CHECK(strstr(ramp_last_error(), told[i].words) != NULL, "'%s': %s", told[i].text, ramp_last_error());
    }
    static char garbage[4097];
    memset(garbage, 'x', sizeof garbage - 1);
    check_refused(garbage);
    memcpy(garbage, "hardtanh:", 9);
    check_refused(garbage);
    memset(garbage + 9, '1', sizeof garbage - 10);
    check_refused(garbage);
    ramp_op op;
    CHECK_STATUS(ramp_op_parse(NULL, &op), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_parse("softsign", NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_hardsigmoid(0.2, 0.5, NULL), RAMP_ERROR_ARGUMENT);
    static const double form[][2] = {{0, 0.5},        {-0.0, 0.5}, {-1, 0.5},        {NAN, 0.5},
                                     {INFINITY, 0.5}, {0.2, NAN},  {0.2, -INFINITY}, {1e-310, 10}};
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        op = (ramp_op){(ramp_op_id)77, 3, {1, 2, 3, 4}};
        CHECK_STATUS(ramp_op_hardsigmoid(form[i][0], form[i][1], &op), RAMP_ERROR_ARGUMENT);
        CHECK(op.id == (ramp_op_id)77, "alpha %g, beta %g: refused, and the op written", form[i][0], form[i][1]);
    }
}

/* Every alias is its op, and no name or alias is two ops'. */
static void test_aliases(void) {
    static const struct {
        const char *text;
        ramp_op_id id;
    } some[] = {{"swish", RAMP_SILU},
                {"clip", RAMP_HARDTANH},
                {"hard_sigmoid", RAMP_HARDSIGMOID},
                {"leakyrelu", RAMP_LEAKY_RELU},
                {"LeakyReLU", RAMP_LEAKY_RELU},
                {"thresholded_relu", RAMP_THRESHOLD},
                {"hard_silu", RAMP_HARDSWISH},
                {"soft_relu", RAMP_SOFTPLUS},
                {"logistic", RAMP_SIGMOID},
                {"log_sigmoid", RAMP_LOGSIGMOID},
                {"gelu_erf", RAMP_GELU},
                {"gelu_new", RAMP_GELU_TANH},
                {"relu2", RAMP_RELU_SQUARED},
                {"squared_relu", RAMP_RELU_SQUARED},
                {"relu_6", RAMP_RELU6}};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) check_parses(some[i].text, ramp_op_default(some[i].id));
    char known[128][32];
    size_t count = 0;
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        char words[160], *rest = words;
        if (!CHECK_STATUS(ramp_op_describe(i, &info), RAMP_OK)) continue;
        snprintf(words, sizeof words, "%s %s", info.name, info.aliases);
        for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
            check_parses(word, ramp_op_default(info.id));
            for (size_t k = 0; k < count; k++) CHECK(strcmp(known[k], word) != 0, "'%s' is two ops", word);
            if (count < 128) snprintf(known[count++], sizeof known[0], "%s", word);
        }
    }
}

/* A parameter outside its limit is refused, with the limit in the sentence; one at its edge is not. */
static void test_limits(void) {
    static const char finite[] = "finite", positive[] = "0 or above", scale[] = "the first above 0", order[] = "lo < hi";
    static const struct {
        const char *text, *words; /* NULL: allowed */
    } row[] = {{"leaky_relu:inf", finite},
               {"leaky_relu:-inf", finite},
               {"leaky_relu:nan", finite},
               {"leaky_relu:-1e308", NULL},
               {"elu:inf", finite},
               {"elu:nan", finite},
               {"elu:0", NULL},
               {"elu:-2", NULL},
               {"threshold:nan", "any number"},
               {"threshold:0,nan", "any number"},
               {"threshold:inf,-inf", NULL},
               {"hardshrink:-0.5", positive},
               {"hardshrink:-5e-324", positive},
               {"hardshrink:nan", positive},
               {"hardshrink:0", NULL},
               {"hardshrink:-0.0", NULL},
               {"hardshrink:inf", NULL},
               {"softshrink:-1", positive},
               {"softshrink:nan", positive},
               {"softshrink:inf", NULL},
               {"softplus:0", scale},
               {"softplus:-0.0", scale},
               {"softplus:-1", scale},
               {"softplus:inf", scale},
               {"softplus:nan", scale},
               {"softplus:1,inf", scale},
               {"softplus:1,-inf", scale},
               {"softplus:1,nan", scale},
               {"softplus:0x1p-1022,-1e308", NULL},
               {"softplus:0x1p1022", NULL},
               {"softplus:0x0.fffffffffffffp-1022", scale},
               {"softplus:0x1.0000000000001p1022", scale},
               {"celu:0", scale},
               {"celu:-1", scale},
               {"celu:inf", scale},
               {"celu:nan", scale},
               {"celu:5e-324", scale},
               {"silu:0", scale},
               {"silu:-1", scale},
               {"silu:1e308", scale},
               {"silu:nan", scale},
               {"silu:1e300", NULL},
               {"hardtanh:1,1", order},
               {"hardsigmoid:0,inf", "both finite"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        ramp_op op;
        ramp_status status = ramp_op_parse(row[i].text, &op);
        CHECK((status == RAMP_OK) == (row[i].words == NULL), "'%s': %s", row[i].text, ramp_status_name(status));
        if (row[i].words == NULL || status == RAMP_OK) continue;
        CHECK(strstr(ramp_last_error(), row[i].words) != NULL, "'%s' was refused in other words than '%s': %s", row[i].text, row[i].words,
              ramp_last_error());
        ramp_op_info info;
        size_t name = strcspn(row[i].text, ":");
        CHECK(strncmp(ramp_last_error(), row[i].text, name) == 0, "'%s': the op is not named: %s", row[i].text, ramp_last_error());
        for (size_t k = 0; k < ramp_op_count(); k++)
            if (ramp_op_describe(k, &info) == RAMP_OK && strncmp(info.name, row[i].text, name) == 0 && info.name[name] == '\0')
                CHECK(info.limit[0] == '\0' || strstr(ramp_last_error(), info.limit) != NULL, "'%s': its limit is '%s', the sentence '%s'",
                      row[i].text, info.limit, ramp_last_error());
    }
}

/* The limits are those of the compute type: of a float, for the 16-bit dtypes too. */
static void test_limits_in_float(void) {
    static const struct {
        ramp_op op;
        int f64, f32;
    } row[] = {{{RAMP_LEAKY_RELU, 1, {1e39}}, 1, 0},  {{RAMP_LEAKY_RELU, 1, {0x1p-150}}, 1, 1},
               {{RAMP_CELU, 1, {0x1p-126}}, 1, 1},    {{RAMP_CELU, 1, {0x1.fffffcp-127}}, 1, 0},
               {{RAMP_CELU, 1, {0x1p126}}, 1, 1},     {{RAMP_CELU, 1, {0x1.000002p126}}, 1, 0},
               {{RAMP_SILU, 1, {1e-50}}, 1, 0},       {{RAMP_SILU, 1, {1e39}}, 1, 0},
               {{RAMP_SOFTPLUS, 2, {1, 1e39}}, 1, 0}, {{RAMP_SOFTPLUS, 2, {1, 1e30}}, 1, 1},
               {{RAMP_SOFTSHRINK, 1, {1e39}}, 1, 1},  {{RAMP_THRESHOLD, 2, {1e39, -1e39}}, 1, 1},
               {{RAMP_ELU, 1, {-1e39}}, 1, 0},        {{RAMP_HARDSHRINK, 1, {-1e-60}}, 0, 1}};
    static const ramp_dtype floats[] = {RAMP_F32, RAMP_F16, RAMP_BF16};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        CHECK((ramp_op_saves(&row[i].op, RAMP_F64) != 0) == row[i].f64, "row %zu in f64: %u", i, ramp_op_saves(&row[i].op, RAMP_F64));
        for (int d = 0; d < 3; d++)
            CHECK((ramp_op_saves(&row[i].op, floats[d]) != 0) == row[i].f32, "row %zu in dtype %d: %u", i, (int)floats[d],
                  ramp_op_saves(&row[i].op, floats[d]));
    }
}

static void check_words(const char *text, const char *words) {
    ramp_op op;
    CHECK(ramp_op_parse(text, &op) == RAMP_ERROR_ARGUMENT && strstr(ramp_last_error(), words) != NULL, "'%s': %s", text, ramp_last_error());
}

static void test_words(void) {
    check_words("hardtanh:lo=-1,lo=-2", "hardtanh: lo is given twice");
    check_words("hardtanh:-1,lo=-2", "hardtanh: lo is given twice");
    check_words("hardsigmoid:alpha=1,alpha=1", "hardsigmoid: alpha is given twice");
    check_words("celu:1,2", "celu has no parameter for '2': it has one, alpha");
    check_words("hardtanh:mid=0", "hardtanh has no parameter for 'mid=0': it has lo and hi");
    check_words("hardsigmoid:1,2,3", "it has lo and hi (or alpha and beta)");
    check_words("relu:1", "relu has no parameters, and '1' was given");
    check_words("nosuch", "there are hardsigmoid, softsign, ");
    check_words("nosuch", "quick_gelu, relu_squared");
    const ramp_op one = {RAMP_RELU, 1, {1}}, two = {RAMP_CELU, 2, {1, 1}};
    char text[64];
    CHECK_STATUS(ramp_op_format(&one, text, sizeof text), RAMP_ERROR_ARGUMENT);
    CHECK(strstr(ramp_last_error(), "relu has 0 parameters, and 1 was given") != NULL, "%s", ramp_last_error());
    CHECK_STATUS(ramp_op_format(&two, text, sizeof text), RAMP_ERROR_ARGUMENT);
    CHECK(strstr(ramp_last_error(), "celu has 1 parameter, and 2 were given") != NULL, "%s", ramp_last_error());
}

static void check_round_trip(ramp_op op) {
    char text[256];
    ramp_op back = {RAMP_OP_NONE, 0, {0}};
    if (!CHECK_STATUS(ramp_op_format(&op, text, sizeof text), RAMP_OK)) return;
    CHECK(ramp_op_parse(text, &back) == RAMP_OK && same_op(&op, &back), "'%s' reads back as %a, %a, not %a, %a", text, back.param[0],
          back.param[1], op.param[0], op.param[1]);
    size_t needed = strlen(text) + 1;
    char tight[256];
    memset(tight, '#', sizeof tight);
    CHECK_STATUS(ramp_op_format(&op, tight, needed - 1), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_format(&op, tight, 0), RAMP_ERROR_ARGUMENT);
    CHECK(tight[needed - 1] == '#', "'%s': a capacity too small was passed by", text);
    CHECK_STATUS(ramp_op_format(&op, tight, needed), RAMP_OK);
    CHECK(strcmp(text, tight) == 0 && tight[needed] == '#', "'%s' is '%s' where it just fits", text, tight);
}

static void test_format(void) {
    static const double pair[][2] = {
        {-1, 1},           {-INFINITY, INFINITY},  {0.1, 0.3},   {-0.0, 1},    {1.0 / 3, 2.0 / 3}, {-0x1p-1074, 0x1p-1074},
        {-1e308, 1.7e308}, {-0x1.8p-149, 0x1p127}, {1e22, 1e23}, {123456, 1e9}};
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) check_round_trip((ramp_op){RAMP_HARDTANH, 2, {pair[i][0], pair[i][1]}});
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        if (ramp_op_describe(i, &info) == RAMP_OK) check_round_trip(ramp_op_default(info.id));
    }
    check_round_trip((ramp_op){RAMP_LEAKY_RELU, 1, {-0.0}});
    check_round_trip((ramp_op){RAMP_SOFTPLUS, 2, {0x1p-1022, -1.7e308}});
    check_round_trip((ramp_op){RAMP_HARDSHRINK, 1, {INFINITY}});
    char text[64] = "";
    CHECK_STATUS(ramp_op_format(&(ramp_op){RAMP_HARDTANH, 0, {0}}, text, sizeof text), RAMP_OK); /* defaults filled in */
    CHECK(strcmp(text, "hardtanh:-1,1") == 0, "'%s'", text);
    static const struct {
        double value;
        const char *text;
    } shortest[] = {{20, "20"},        {1000, "1000"}, {1e6, "1e+06"},  {123456, "123456"}, {0.01, "0.01"},
                    {1e-7, "1e-07"},   {0.1, "0.1"},   {1e22, "1e+22"}, {-0.0, "-0"},       {1.0 / 3, "0.3333333333333333"},
                    {1.5e9, "1.5e+09"}};
    for (size_t i = 0; i < sizeof shortest / sizeof shortest[0]; i++) {
        CHECK_STATUS(ramp_op_format(&(ramp_op){RAMP_ELU, 1, {shortest[i].value}}, text, sizeof text), RAMP_OK);
        CHECK(strncmp(text, "elu:", 4) == 0 && strcmp(text + 4, shortest[i].text) == 0, "%g is '%s', not '%s'", shortest[i].value, text,
              shortest[i].text);
    }
    CHECK_STATUS(ramp_op_format(NULL, text, sizeof text), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_format(&(ramp_op){RAMP_SOFTSIGN, 0, {0}}, NULL, 10), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_format(&(ramp_op){RAMP_OP_NONE, 0, {0}}, text, sizeof text), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_format(&(ramp_op){RAMP_HARDTANH, 2, {1, -1}}, text, sizeof text), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_format(&(ramp_op){RAMP_HARDTANH, 9, {-1, 1}}, text, sizeof text), RAMP_ERROR_ARGUMENT);
}

/* A locale whose decimal point is a comma changes nothing. */
static void test_locale(void) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    size_t i = 0;
    while (i < sizeof names / sizeof names[0] && setlocale(LC_ALL, names[i]) == NULL) i++;
    if (i == sizeof names / sizeof names[0]) {
        printf("SKIPPED in part: no locale with a decimal comma is installed\n");
        return;
    }
    check_parses("hardtanh:-0.5,0.5", (ramp_op){RAMP_HARDTANH, 2, {-0.5, 0.5}});
    check_round_trip((ramp_op){RAMP_HARDTANH, 2, {0.1, 0.3}});
    setlocale(LC_ALL, "C");
}

/* Numbers are read and written to the nearest, whatever the caller's rounding mode. */
static void test_rounding(void) {
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    static const char *const numbers[] = {"0.1", "0.3", "1e-07", "2.2250738585072014e-308", "123456789.12345679"};
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            char text[64], again[64] = "";
            ramp_op nearest, parsed;
            snprintf(text, sizeof text, "leaky_relu:%s", numbers[i]);
            ramp_status before = ramp_op_parse(text, &nearest);
            fesetround(modes[m]);
            ramp_status status = ramp_op_parse(text, &parsed), formatted = ramp_op_format(&nearest, again, sizeof again);
            int kept = fegetround();
            fesetround(FE_TONEAREST);
            CHECK(before == RAMP_OK && status == RAMP_OK && same_op(&parsed, &nearest), "%s in rounding mode %d", text, modes[m]);
            CHECK(formatted == RAMP_OK && strcmp(again, text) == 0, "%s in rounding mode %d: %s", text, modes[m], again);
            CHECK(kept == modes[m], "rounding mode %d became %d", modes[m], kept);
        }
}

/* Nor does a process that flushes subnormal numbers to zero. */
static void test_flushed(void) {
    static const double number[] = {1.2345678e-310, 5e-324, -2.2250738585072009e-308, 1e-30};
    static const double form[][2] = {{1e-308, 0.0}, {1.7e308, 0.0}, {0.2, 1e-310}, {0.2, 0.5}};
    fenv_t before;
    fegetenv(&before);
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        const ramp_op op = {RAMP_LEAKY_RELU, 1, {number[i]}};
        ramp_op back = {RAMP_OP_NONE, 0, {0.0}};
        char plain[64] = "", flushed[64] = "";
        CHECK_STATUS(ramp_op_format(&op, plain, sizeof plain), RAMP_OK);
        hostile_enter();
        ramp_status formatted = ramp_op_format(&op, flushed, sizeof flushed), parsed = ramp_op_parse(flushed, &back);
        int held = hostile_holds();
        fesetenv(&before);
        CHECK(held, "the caller's modes are not as they were");
        CHECK(formatted == RAMP_OK && strcmp(plain, flushed) == 0, "'%s', and '%s' where subnormal numbers are flushed", plain, flushed);
        CHECK(parsed == RAMP_OK && memcmp(back.param, op.param, sizeof *op.param) == 0, "'%s' is read back as another number", flushed);
    }
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        ramp_op plain = ramp_op_default(RAMP_RELU), flushed = plain, parsed = plain;
        char text[96];
        snprintf(text, sizeof text, "hardsigmoid:alpha=%.17g,beta=%.17g", form[i][0], form[i][1]);
        ramp_status want = ramp_op_hardsigmoid(form[i][0], form[i][1], &plain);
        hostile_enter();
        ramp_status got = ramp_op_hardsigmoid(form[i][0], form[i][1], &flushed), of_text = ramp_op_parse(text, &parsed);
        fesetenv(&before);
        CHECK(got == want && memcmp(plain.param, flushed.param, sizeof plain.param) == 0, "%s: %d, and %d where flushed", text, (int)want,
              (int)got);
        CHECK(of_text == want && memcmp(plain.param, parsed.param, sizeof plain.param) == 0, "%s as text: %d, not %d", text, (int)of_text,
              (int)want);
    }
}

static void test_rows(void) {
    ramp_op_info info;
    size_t count = ramp_op_count();
    CHECK(count >= 24, "%zu ops", count);
    CHECK_STATUS(ramp_op_describe(count, &info), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_describe(SIZE_MAX, &info), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_op_describe(0, NULL), RAMP_ERROR_ARGUMENT);
    for (size_t i = 0; i < count; i++) {
        if (!CHECK_STATUS(ramp_op_describe(i, &info), RAMP_OK)) continue;
        ramp_op op = ramp_op_default(info.id), parsed;
        CHECK(info.id != RAMP_OP_NONE && op.id == info.id && op.count == info.param_count, "op %zu: id %d", i, (int)info.id);
        CHECK(info.name != NULL && info.aliases != NULL && info.definition != NULL && info.limit != NULL && info.definition[0] != '\0',
              "op %zu", i);
        CHECK((info.param_count > 0 || info.limit[0] == '\0') && info.param_count <= RAMP_MAX_PARAMS, "%s: limit '%s'", info.name,
              info.limit);
        for (uint32_t p = 0; p < info.param_count; p++)
            CHECK(info.param[p].name != NULL && info.param[p].value == op.param[p], "%s", info.name);
        CHECK(ramp_op_parse(info.name, &parsed) == RAMP_OK && same_op(&parsed, &op), "%s does not parse", info.name);
        for (int dtype = RAMP_F32; dtype <= RAMP_BF16; dtype++)
            CHECK((ramp_op_saves(&op, (ramp_dtype)dtype) & 1u << RAMP_SAVED_INPUT) != 0, "%s, dtype %d", info.name, dtype);
        CHECK(ramp_op_saves(&op, (ramp_dtype)0) == 0 && ramp_op_saves(&op, RAMP_BIT) == 0 && ramp_op_saves(&op, (ramp_dtype)99) == 0, "%s",
              info.name);
    }
    CHECK(ramp_op_saves(NULL, RAMP_F32) == 0, "NULL saves %u", ramp_op_saves(NULL, RAMP_F32));
    ramp_op none = ramp_op_default((ramp_op_id)1000);
    CHECK(ramp_op_saves(&none, RAMP_F32) == 0, "op 1000 saves %u", ramp_op_saves(&none, RAMP_F32));
    static const ramp_op_id ids[] = {
        RAMP_HARDSIGMOID, RAMP_SOFTSIGN,   RAMP_HARDTANH, RAMP_RELU, RAMP_RELU6, RAMP_LEAKY_RELU, RAMP_THRESHOLD,  RAMP_HARDSWISH,
        RAMP_HARDSHRINK,  RAMP_SOFTSHRINK, RAMP_SOFTPLUS, RAMP_ELU,  RAMP_CELU,  RAMP_SELU,       RAMP_SIGMOID,    RAMP_LOGSIGMOID,
        RAMP_TANH,        RAMP_TANHSHRINK, RAMP_SILU,     RAMP_MISH, RAMP_GELU,  RAMP_GELU_TANH,  RAMP_QUICK_GELU, RAMP_RELU_SQUARED};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) CHECK((size_t)ids[i] == i + 1, "ids are ABI: row %zu is %d", i, (int)ids[i]);
}

static void test_tensors(void) {
    static const int64_t shape[] = {2, 3, 4}, empty[] = {2, 0, 4}, negative[] = {2, -3, 4}, huge[] = {INT64_MAX, 2, 1};
    float data[1];
    ramp_tensor t = ramp_tensor_dense(data, RAMP_F32, 3, shape);
    CHECK(t.data == data && t.byte_offset == 0 && t.dtype == RAMP_F32 && t.memory == RAMP_MEMORY_NATIVE && t.ndim == 3, "ndim %d",
          (int)t.ndim);
    CHECK(t.strides[0] == 12 && t.strides[1] == 4 && t.strides[2] == 1, "strides %lld %lld %lld", (long long)t.strides[0],
          (long long)t.strides[1], (long long)t.strides[2]);
    static const struct {
        ramp_dtype dtype;
        size_t bytes;
    } sizes[] = {{RAMP_F32, 96}, {RAMP_F64, 192}, {RAMP_F16, 48}, {RAMP_BF16, 48}, {RAMP_BIT, 3}, {(ramp_dtype)0, 0}, {(ramp_dtype)99, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        t.dtype = sizes[i].dtype;
        CHECK(ramp_tensor_bytes(&t) == sizes[i].bytes, "dtype %d: %zu bytes", (int)t.dtype, ramp_tensor_bytes(&t));
    }
    ramp_tensor bits = ramp_tensor_dense(NULL, RAMP_BIT, 1, (const int64_t[]){9}), one = ramp_tensor_dense(NULL, RAMP_F64, 0, NULL);
    CHECK(ramp_tensor_bytes(&bits) == 2 && ramp_tensor_bytes(&one) == 8, "%zu, %zu", ramp_tensor_bytes(&bits), ramp_tensor_bytes(&one));
    const int64_t *const none[] = {empty, negative, huge};
    for (size_t i = 0; i < 3; i++) {
        t = ramp_tensor_dense(NULL, RAMP_F32, 3, none[i]);
        CHECK(ramp_tensor_bytes(&t) == 0 && memcmp(t.shape, none[i], sizeof shape) == 0, "an invalid shape is %zu bytes",
              ramp_tensor_bytes(&t));
    }
    t = ramp_tensor_dense(NULL, RAMP_F32, 17, NULL);
    CHECK(ramp_tensor_bytes(&t) == 0 && ramp_tensor_bytes(NULL) == 0, "an invalid tensor is %zu bytes", ramp_tensor_bytes(&t));
    t = ramp_tensor_dense(NULL, RAMP_F64, 1, (const int64_t[]){INT64_C(1) << 61});
    CHECK(ramp_tensor_bytes(&t) == 0, "2^64 bytes are %zu", ramp_tensor_bytes(&t));
    ramp_tensor view = ramp_tensor_dense(data, RAMP_F32, 3, shape);
    view.strides[0] = 4, view.strides[1] = 16, view.strides[2] = 1; /* rows with gaps, the first two dimensions swapped */
    ramp_tensor like = ramp_tensor_like(&view, NULL, RAMP_F64);
    CHECK(like.dtype == RAMP_F64 && like.data == NULL && like.strides[0] == 4 && like.strides[1] == 8 && like.strides[2] == 1,
          "strides %lld %lld %lld", (long long)like.strides[0], (long long)like.strides[1], (long long)like.strides[2]);
    static const struct {
        int64_t strides[4], want[4];
    } broadcast[] = {{{0, 12, 4, 1}, {60, 12, 4, 1}}, {{0, 0, 0, 0}, {60, 12, 4, 1}}, {{4, 0, 0, 1}, {60, 12, 4, 1}},
                     {{12, 4, 1, 0}, {60, 12, 4, 1}}, {{1, 0, 3, 0}, {4, 8, 40, 1}},  {{0, 1, 0, 5}, {60, 1, 5, 15}},
                     {{1, 2, 10, 0}, {4, 8, 40, 1}}};
    for (size_t i = 0; i < sizeof broadcast / sizeof broadcast[0]; i++) { /* a stride of 0 has no order: its dimension stays in its place */
        const int64_t *want = broadcast[i].want;
        view = ramp_tensor_dense(data, RAMP_F32, 4, (const int64_t[]){2, 5, 3, 4});
        memcpy(view.strides, broadcast[i].strides, sizeof broadcast[i].strides);
        like = ramp_tensor_like(&view, NULL, RAMP_F32);
        CHECK(memcmp(like.strides, want, sizeof broadcast[i].want) == 0, "%zu: strides %lld %lld %lld %lld, not %lld %lld %lld %lld", i,
              (long long)like.strides[0], (long long)like.strides[1], (long long)like.strides[2], (long long)like.strides[3],
              (long long)want[0], (long long)want[1], (long long)want[2], (long long)want[3]);
    }
    like = ramp_tensor_like(NULL, NULL, RAMP_F32);
    CHECK(ramp_tensor_bytes(&like) == 0, "like NULL is %zu bytes", ramp_tensor_bytes(&like));
}

int main(void) {
    test_parse();
    test_refused();
    test_long_numbers();
    test_aliases();
    test_limits();
    test_limits_in_float();
    test_words();
    test_format();
    test_locale();
    test_rounding();
    test_flushed();
    test_rows();
    test_tensors();
    return check_finish("test_text");
}
