"""Where ramp_torch means to differ from PyTorch: every case, what each gives, and why.

test_opinfo.py holds the functions to PyTorch's own values everywhere else, and to `ours` here. It also shows that PyTorch's value still is another at `at`,
on every device and in every dtype that an entry names: an entry that PyTorch has caught up with fails. What PyTorch gives was measured with 2.11.
"""

import dataclasses
import math
from typing import Callable

import torch

INF, NAN = math.inf, math.nan
ALL, WIDE, NARROW, LONG = ("f32", "f64", "f16", "bf16"), ("f32", "f64"), ("f16", "bf16"), ("f32", "bf16", "f64")  # LONG: past 1e38
BOTH, CPU, CUDA = ("cpu", "cuda"), ("cpu",), ("cuda",)
SELU_SCALE = 1.0507009873554805
GATED = ("silu", "mish", "gelu", "gelu_tanh", "quick_gelu")  # x times what goes from 0 to 1
ROUNDED_03 = (0.300048828125, 0.30078125)  # 0.3 in f16 and in bf16, both above it


@dataclasses.dataclass(frozen=True)
class Difference:
    ops: tuple  # names in ramp_torch.functional; gelu_tanh is gelu(approximate="tanh")
    direction: str  # "forward" or "backward"
    where: Callable  # of x in float64 and the op's arguments: True at the elements that are meant
    ours: Callable  # of x, the incoming gradient and the arguments: ramp's value there, before it is rounded
    at: tuple  # numbers where PyTorch's value is another, at least at one of those that the dtype has
    theirs: str  # what PyTorch gives
    reason: str
    devices: tuple = BOTH  # where PyTorch differs for certain; ramp's value is the same on each
    dtypes: tuple = ALL  # in which it does
    arguments: dict = dataclasses.field(default_factory=dict)  # with which it does at `at`
    some: tuple = ()  # dtypes in which it does on some processors: not held to be so
    capability: str = ""  # of torch.backends.cpu: the processors on which it does


@dataclasses.dataclass(frozen=True)
class Refusal:
    op: str
    arguments: dict  # PyTorch takes them, ramp_torch raises
    reason: str


@dataclasses.dataclass(frozen=True)
class Strides:
    op: str
    shape: tuple
    strides: tuple  # an input's, whose elements overlap or leave gaps
    theirs: str
    reason: str
    devices: tuple = BOTH


def slope(value):
    """dy times a constant; a slope of 0 selects, so it gives 0 whatever dy is."""
    return lambda x, g, a: g * value if value else torch.zeros_like(x)


def nan(x, a):
    return x.isnan()


def infinite(x, a):
    return x.isinf()


def finite(x, a):
    return x.isfinite()


def negative_zero(x, a):
    return (x == 0) & torch.signbit(x)


def itself(x, g, a):
    return x


def below(number):
    return lambda x, a: (x < number) & x.isfinite()


def larger(number):
    return lambda x, a: (x.abs() > number) & x.isfinite()


def at(parameter):
    """Where |x| is the parameter, rounded to 16 bits."""
    return lambda x, a: sum(x.abs() == torch.tensor(a.get(parameter, math.nan)).to(dtype).double() for dtype in (torch.bfloat16, torch.float16)) > 0


def softshrink(x, g, a):
    return torch.where(x.abs() > a.get("lambd", 0.5), x - x.sign() * a.get("lambd", 0.5), torch.zeros_like(x))


def tanhshrink(x, g, a):
    """x - tanh(x), from its series where the difference would cancel."""
    s = x * x
    series = x * s * (1 / 3 - s * (2 / 15 - s * (17 / 315 - s * (62 / 2835 - s * (1382 / 155925 - s * (21844 / 6081075 - s * 929569 / 638512875))))))
    return torch.where(x == 0, torch.zeros_like(x), torch.where(x.abs() < 0.2, series, x - torch.tanh(x)))


def softsign_gradient(x, g, a):
    return torch.where(x.isinf(), torch.zeros_like(x), g / (1 + x.abs()) / (1 + x.abs()))


def gelu_gradient(x, g, a):
    return g * (torch.special.erfc(-x / math.sqrt(2)) / 2 + x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def gelu_tanh_gradient(x, g, a):
    c = 2 * math.sqrt(2 / math.pi)
    s, rest = torch.sigmoid(c * (x + 0.044715 * x**3)), torch.sigmoid(-c * (x + 0.044715 * x**3))
    return g * (s + x * s * rest * c * (1 + 3 * 0.044715 * x * x))


LIMIT = "the limit, where plain arithmetic gives NaN for an input that is not one: only NaN in is NaN out"
ONE_RULE = "one value on every device, in every lane, at every length: PyTorch's own on CUDA"
ROUNDED_ONCE = "16 bits are storage: computed in float, rounded once"
PARAMETERS = "parameters are rounded to the type of computation, float, not to that of storage"
DIGITS = "within 2 ulp everywhere"
SUBNORMAL = "results that are subnormal are kept"
NUMBERS = "a parameter that is NaN is a mistake, and would hide in the results"
FINITE = "a parameter that is not finite makes NaN of numbers"

DIFFERENCES = [
    # ---- an input that is not NaN gives no NaN ----
    Difference(("softsign",), "forward", infinite, lambda x, g, a: x.sign(), (INF, -INF), "NaN: inf / inf", LIMIT),
    Difference(("softsign",), "backward", infinite, slope(0), (INF, -INF), "NaN", LIMIT),
    Difference(("hardswish", *GATED), "forward", lambda x, a: x == -INF, lambda x, g, a: torch.full_like(x, -0.0), (-INF,), "NaN: inf * 0", LIMIT),
    Difference(("gelu",), "forward", lambda x, a: x == INF, itself, (INF,), "NaN where the CPU's loop is in AVX-512", LIMIT, CPU, ("f32", "bf16"), some=("f16",),
               capability="AVX512"),
    Difference(GATED, "backward", lambda x, a: x == -INF, slope(0), (-INF,), "NaN", LIMIT),
    Difference(GATED, "backward", lambda x, a: x == INF, slope(1), (INF,), "NaN", LIMIT),
    Difference(("gelu_tanh",), "backward", larger(1e18), lambda x, g, a: torch.where(x > 0, g, torch.zeros_like(x)), (1e38, -1e38, 1e300, -1e300),
               "NaN: x * x overflows, times 0", LIMIT, BOTH, LONG),
    # ---- nor infinity where the true value is finite ----
    Difference(("hardswish",), "forward", lambda x, a: (x > 2e37) & x.isfinite(), itself, (1e38, 1e308), "inf: 6 * x overflows before it is divided",
               "correctly rounded", BOTH, LONG),
    Difference(("gelu",), "forward", lambda x, a: (x > 1e38) & x.isfinite(), itself, (3.3e38,), "inf where the CPU's loop is in AVX-512", DIGITS, CPU, ("f32", "bf16"),
               capability="AVX512"),
    # ---- the gradient at NaN ----
    Difference(("relu6", "hardtanh", "hardshrink", "softshrink"), "backward", nan, slope(1), (NAN,), "0 or dy on the CPU, with the tensor's length", ONE_RULE, CPU),
    Difference(("elu", "celu", "hardswish"), "backward", nan, slope(1), (NAN,), "NaN or dy on the CPU, with the tensor's length", ONE_RULE, CPU),
    Difference(("selu",), "backward", nan, slope(SELU_SCALE), (NAN,), "NaN or 1.05 dy on the CPU, with the tensor's length", ONE_RULE, CPU),
    # ---- the sign of zero ----
    Difference(("relu", "relu6"), "forward", negative_zero, lambda x, g, a: torch.zeros_like(x), (-0.0,), "-0 on the CPU", ONE_RULE, CPU),
    Difference(("softshrink",), "forward", lambda x, a: x.abs() <= a.get("lambd", 0.5), lambda x, g, a: torch.zeros_like(x), (-0.25, -0.0),
               "+0 or -0 on the CPU, with the tensor's length", ONE_RULE, CPU),
    # ---- parameters ----
    Difference(("threshold",), "forward", at("threshold"), lambda x, g, a: torch.where(x > a["threshold"], x, a["value"]), (0.10009765625,),
               "rounds threshold to bf16, where x is equal to it", PARAMETERS, CUDA, ("bf16",), {"threshold": 0.1, "value": 20.0}),
    Difference(("threshold",), "backward", at("threshold"), lambda x, g, a: torch.where(x > a["threshold"], g, 0.0), (0.10009765625,),
               "rounds threshold to bf16, where x is equal to it", PARAMETERS, CUDA, ("bf16",), {"threshold": 0.1, "value": 20.0}),
    Difference(("hardshrink",), "forward", at("lambd"), lambda x, g, a: torch.where(x.abs() > a["lambd"], x, 0.0), ROUNDED_03,
               "rounds lambd to 16 bits, where |x| is equal to it", PARAMETERS, BOTH, NARROW, {"lambd": 0.3}),
    Difference(("hardshrink", "softshrink"), "backward", at("lambd"), lambda x, g, a: torch.where(x.abs() > a["lambd"], g, 0.0), ROUNDED_03,
               "rounds lambd to 16 bits, where |x| is equal to it", PARAMETERS, BOTH, NARROW, {"lambd": 0.3}),
    Difference(("softshrink",), "forward", lambda x, a: (x.abs() > 0.99 * a.get("lambd", 0.5)) & x.isfinite(), softshrink, ROUNDED_03,
               "subtracts lambd rounded to 16 bits", PARAMETERS, CUDA, NARROW, {"lambd": 0.3}),
    # ---- digits ----
    Difference(("tanh",), "backward", finite, lambda x, g, a: g * torch.cosh(x) ** -2, (0.5, 0.75, 1.0, 1.25, 1.5), "rounds y^2 and 1 - y^2 to 16 bits",
               ROUNDED_ONCE, CUDA, NARROW),
    Difference(("sigmoid",), "backward", finite, lambda x, g, a: g * torch.sigmoid(x) * torch.sigmoid(-x),
               (-2.005859375, -1.537109375, *(-0.5 - 0.19 * i for i in range(40))), "rounds within dy * y * (1 - y)", ROUNDED_ONCE, BOTH, ("f16",)),
    Difference(("softsign",), "forward", finite, lambda x, g, a: x / (1 + x.abs()), (1.0390625, 0.33984375), "rounds |x|, 1 + |x| and the quotient to 16 bits",
               ROUNDED_ONCE, BOTH, ("bf16",)),
    Difference(("softsign",), "backward", finite, softsign_gradient, (1e4, -3e3), "1 / d - x / (d * d): cancels as |x| grows, all wrong at 3e7", DIGITS),
    Difference(("tanhshrink",), "forward", finite, tanhshrink, (0.01, -0.001), "tanh(x) is rounded before it is subtracted: cancels near 0", DIGITS),
    Difference(("tanhshrink",), "backward", finite, lambda x, g, a: g * torch.tanh(x) ** 2, (0.001, -0.002), "dy - dy * (1 - tanh(x)^2): cancels near 0", DIGITS),
    Difference(("hardsigmoid",), "forward", lambda x, a: x.abs() < 3, lambda x, g, a: (x + 3) / 6, (0.5, 1.0), "multiplies by float(1/6) in f64 too",
               "correctly rounded", CUDA, ("f64",)),
    Difference(("hardsigmoid",), "backward", lambda x, a: x.abs() < 3, slope(1 / 6), (0.5, 1.0), "multiplies by float(1/6) in f64 too", "within 1 ulp", BOTH, ("f64",)),
    Difference(("celu",), "backward", lambda x, a: x <= 0, lambda x, g, a: g * torch.exp(x / a.get("alpha", 1.0)), (-4.0, -2.0),
               "takes 1 / float(alpha) in f64 too", DIGITS, BOTH, ("f64",), {"alpha": 0.8}),
    Difference(("sigmoid",), "forward", lambda x, a: x < -80, lambda x, g, a: torch.exp(x), (-95.0, -100.0), "0: exp(-x) overflows", SUBNORMAL, BOTH, ("f32",)),
    Difference(("silu",), "forward", below(-80), lambda x, g, a: x * torch.exp(x), (-95.0, -100.0), "-0: exp(-x) overflows", SUBNORMAL, BOTH, ("f32", "bf16")),
    Difference(("gelu",), "forward", below(-3), lambda x, g, a: x * torch.special.erfc(-x / math.sqrt(2)) / 2, (-8.0, -12.0),
               "x * (1 + erf(x / sqrt(2))) / 2: cancels", DIGITS, CPU, WIDE),
    Difference(("gelu",), "backward", below(-3), gelu_gradient, (-10.0, -12.0), "1 + erf(x / sqrt(2)): cancels", DIGITS, CPU, ("f64",)),
    Difference(("gelu_tanh",), "forward", below(-3), lambda x, g, a: x * torch.sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)), (-7.0, -8.0),
               "x * (1 + tanh(u)) / 2: cancels", DIGITS, CPU, WIDE),
    Difference(("gelu_tanh",), "backward", lambda x, a: (x.abs() > 3) & (x.abs() < 1e18), gelu_tanh_gradient, (-7.0, -8.0),
               "1 + tanh(u) and 1 - tanh(u)^2: cancel", DIGITS, CPU, WIDE),
]  # fmt: skip

REFUSED = [
    Refusal("hardtanh", {"min_val": 0.0, "max_val": 0.0}, "a ramp needs lo < hi: at lo = hi its output is a constant"),
    Refusal("hardshrink", {"lambd": -0.5}, "a dead zone of negative width; PyTorch's softshrink refuses it too"),
    Refusal("celu", {"alpha": -1.0}, "PyTorch's result is not continuous there, nor its derivative"),
    Refusal("softplus", {"beta": 0.0}, "PyTorch gives inf or NaN for every input"),
    Refusal("softplus", {"beta": -1.0}, "PyTorch's result has a jump at its threshold"),
    Refusal("softplus", {"threshold": INF}, FINITE + "; 1e30 is past every number that matters"),
    Refusal("softplus", {"threshold": NAN}, FINITE),
    Refusal("leaky_relu", {"negative_slope": INF}, FINITE),
    Refusal("leaky_relu", {"negative_slope": NAN}, FINITE),
    Refusal("elu", {"alpha": INF}, FINITE),
    Refusal("elu", {"alpha": NAN}, FINITE),
    Refusal("celu", {"alpha": INF}, FINITE),
    Refusal("threshold", {"threshold": NAN, "value": 0.0}, NUMBERS),
    Refusal("threshold", {"threshold": 0.0, "value": NAN}, NUMBERS),
    Refusal("hardtanh", {"min_val": NAN, "max_val": 1.0}, NUMBERS),
]

STRIDES = Strides("logsigmoid", (5, 6, 2), (1, 1, 7), "row-major", "the order of the input's dimensions, as in every other op", CPU)
